import { readPolicy } from "../../domain/workflow/node-policy-defaults.ts";
import { getEffectiveDefaults } from "../../domain/workflow/own-fields.ts";
import { formatCondition } from "../../domain/workflow/policy-text.ts";
import { type TemplateName, TEMPLATES } from "../../domain/workflow/templates.ts";
import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { isClawTaskError, usageError } from "../../model/errors.ts";
import type { NodePolicy, Condition } from "../../model/node-policy.ts";
import type { RunNode } from "../../model/run-documents.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";
import type { Registry } from "../../registry/registry.ts";
import { loadRun } from "../../registry/run-store.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { workflowPaths } from "../../storage/workflow-paths.ts";
import { findRuns, type VersionUse, versionsUsed } from "../../views/queries/workflow-runs.ts";
import { type WorkflowGraphNode, levelsOf } from "../../views/reports/workflow-graph.ts";
import { requireChoice } from "../input-checks.ts";
import type { IndexedContext, Outcome, OperationContext } from "../operation.ts";
import { loadWorkflow, newWorkflow } from "./workflow-files.ts";

export interface ListedWorkflow {
  /** Relative to the registry root. */
  path: string;
  workflowId: string | null;
  title: string | null;
  version: string | null;
  nodes: number;
  runs: number;
  /** Why it cannot be read; null when it can. */
  problem: { code: string; message: string } | null;
}

export interface WorkflowListDocument {
  ok: true;
  registryRoot: string;
  workflows: ListedWorkflow[];
}

/** Every workflow file of the registry, with what is wrong with those that cannot be read. */
export function list({ registry, queryIndex }: IndexedContext): Outcome<WorkflowListDocument> {
  const counts = new Map<string, number>();
  for (const { workflowId } of findRuns(registry, {}, queryIndex))
    if (workflowId !== null) counts.set(workflowId, (counts.get(workflowId) ?? 0) + 1);
  const workflows = workflowPaths(registry).map((path) => toListed(registry, path, counts));
  return { document: { ok: true, registryRoot: registry.root, workflows } };
}

function toListed(registry: Registry, path: string, counts: ReadonlyMap<string, number>): ListedWorkflow {
  try {
    const { definition } = loadWorkflow(registry, path, registry.root);
    const { workflowId, title, nodes } = definition;
    return {
      path,
      workflowId,
      title,
      version: workflowVersion(definition),
      nodes: nodes.length,
      runs: counts.get(workflowId) ?? 0,
      problem: null,
    };
  } catch (thrown) {
    const error = storageError(thrown, path);
    if (!isClawTaskError(error)) throw error;
    const { code, message } = error;
    return {
      path,
      workflowId: null,
      title: null,
      version: null,
      nodes: 0,
      runs: 0,
      problem: { code, message },
    };
  }
}

export interface ShownWorkflowNode extends Pick<WorkflowNode, "id" | "title" | "kind" | "waitFor"> {
  needs: readonly string[];
  /** With the defaults of the workflow. */
  policy: NodePolicy;
}

export interface WorkflowShowDocument {
  ok: true;
  /** Relative to the registry root where it is below it, else absolute. */
  path: string;
  workflowId: string;
  title: string;
  version: string;
  params: NonNullable<WorkflowDefinition["params"]>;
  nodes: ShownWorkflowNode[];
  /** That runs were made from, the most recently used first. */
  versions: VersionUse[];
}

/**
 * One workflow: what it takes, what it does, which versions of it ran.
 *
 * @param input.workflow its name, or a path from the registry root or the current directory
 * @throws ClawTaskError `workflow_not_found` | `workflow_invalid` | `front_matter_refused`
 */
export function show(
  { registry, queryIndex, cwd }: IndexedContext,
  input: { workflow: string },
): Outcome<WorkflowShowDocument> {
  const { path, definition } = loadWorkflow(registry, input.workflow, cwd);
  const { workflowId, title, params = {}, nodes } = definition;
  const defaults = getEffectiveDefaults(definition);
  const version = workflowVersion(definition);
  const versions = versionsUsed(findRuns(registry, { workflowId }, queryIndex));
  const shown = nodes.map((node) => ({
    id: node.id,
    title: node.title,
    kind: node.kind,
    needs: node.needs ?? [],
    ...(node.waitFor === undefined ? {} : { waitFor: node.waitFor }),
    policy: readPolicy(node, defaults) ?? {},
  }));
  return { document: { ok: true, path, workflowId, title, version, params, nodes: shown, versions } };
}

/** Exactly one of both. */
export interface WorkflowGraphInput {
  /** Its name, or a path from the registry root or the current directory. */
  workflow?: string | undefined;
  /** The id of a run, for a graph with the status of each node. */
  run?: string | undefined;
}

export interface WorkflowGraphDocument {
  ok: true;
  /** The id of the workflow or run. */
  name: string;
  title: string;
  /** Ids of nodes: those of a level need only nodes of levels before it. */
  levels: string[][];
  nodes: WorkflowGraphNode[];
}

/**
 * The graph of a workflow, or of a run.
 *
 * @throws ClawTaskError `usage` | `workflow_not_found` | `workflow_invalid` | `run_not_found` | ...
 */
export function graph(context: OperationContext, input: WorkflowGraphInput): Outcome<WorkflowGraphDocument> {
  const { name, title, nodes } = loadGraph(context, input);
  const levels = levelsOf(nodes).map((level) => level.map(({ id }) => id));
  return { document: { ok: true, name, title, levels, nodes } };
}

function loadGraph(
  { registry, cwd }: OperationContext,
  { workflow, run }: WorkflowGraphInput,
): Pick<WorkflowGraphDocument, "name" | "title" | "nodes"> {
  if ((workflow === undefined) === (run === undefined))
    throw usageError("the following arguments are required: workflow, or --run", "workflow graph");
  if (run !== undefined) {
    const { state } = loadRun(registry, run).run;
    return { name: state.runId, title: state.title, nodes: state.nodes.map(ofRun) };
  }
  const { definition } = loadWorkflow(registry, workflow ?? "", cwd);
  return { name: definition.workflowId, title: definition.title, nodes: definition.nodes.map(ofDefinition) };
}

function ofRun({ id, title, kind, needs, status, policy }: RunNode): WorkflowGraphNode {
  return { id, title, kind, needs, status, ...toCondition(policy?.when) };
}

function ofDefinition({ id, title, kind, needs = [], when }: WorkflowNode): WorkflowGraphNode {
  return { id, title, kind, needs, ...toCondition(when as Condition | undefined) };
}

function toCondition(when: Condition | undefined): { condition?: string } {
  return when === undefined ? {} : { condition: formatCondition(when) };
}

/** What was found in one file. */
export interface WorkflowFileReport {
  path: string;
  ok: boolean;
  workflowId?: string;
  version?: string;
  nodes?: number;
  /** What is allowed but hardly meant. */
  warnings?: string[];
  problem?: { code: string; message: string; next?: string };
}

export interface WorkflowValidateDocument {
  /** False when one file has a problem. */
  ok: boolean;
  files: WorkflowFileReport[];
}

/**
 * Checks workflow files; each is reported, whatever is wrong with the others.
 *
 * @param input.workflows names or paths; all of the registry unless given
 * @param input.strict takes what is allowed but hardly meant for a problem
 */
export function validate(
  { registry, cwd }: OperationContext,
  { workflows, strict = false }: { workflows?: readonly string[] | undefined; strict?: boolean | undefined },
): Outcome<WorkflowValidateDocument> {
  const named = workflows ?? workflowPaths(registry);
  const files = named.map((reference) => {
    const report = check(registry, reference, cwd);
    return strict && report.warnings !== undefined ? refused(report, report.warnings.length) : report;
  });
  return { document: { ok: files.every((file) => file.ok), files } };
}

function refused(report: WorkflowFileReport, warnings: number): WorkflowFileReport {
  const message = `${report.path}: ${warnings === 1 ? "a warning is" : `${warnings} warnings are`} an error with --strict`;
  return { ...report, ok: false, problem: { code: "workflow_invalid", message, next: "fix what the warnings name" } };
}

function check(registry: Registry, reference: string, cwd: string): WorkflowFileReport {
  try {
    const { path, definition, warnings } = loadWorkflow(registry, reference, cwd);
    const { workflowId, nodes } = definition;
    return {
      path,
      ok: true,
      workflowId,
      version: workflowVersion(definition),
      nodes: nodes.length,
      ...(warnings.length === 0 ? {} : { warnings }),
    };
  } catch (thrown) {
    const error = storageError(thrown, reference);
    if (!isClawTaskError(error)) throw error;
    const { code, message, next } = error;
    return { path: reference, ok: false, problem: { code, message, ...(next === undefined ? {} : { next }) } };
  }
}

const MAX_TITLE_LENGTH = 200;

export interface WorkflowCreateInput {
  /** Of the file, with or without `.task.md`. */
  name: string;
  /** `blank` unless given. */
  template?: string | undefined;
  title?: string | undefined;
}

export interface WorkflowCreateDocument {
  ok: true;
  /** Relative to the registry root. */
  path: string;
  template: string;
  registryRoot: string;
}

/**
 * Writes a workflow file from a template.
 *
 * @returns the document, and for a person's surface what the file defines
 * @throws ClawTaskError `usage` | `workflow_exists` | `invalid_id`
 */
export function create(
  { registry, cwd }: OperationContext,
  { name, template = "blank", title }: WorkflowCreateInput,
): Outcome<WorkflowCreateDocument> & { definition: WorkflowDefinition } {
  requireChoice(template, TEMPLATES, "--template", "workflow new");
  const path = newWorkflow(registry, {
    name,
    template: template as TemplateName,
    title: title === undefined ? undefined : plainLine(title, MAX_TITLE_LENGTH),
  });
  const { definition } = loadWorkflow(registry, path, cwd);
  return { document: { ok: true, path, template, registryRoot: registry.root }, definition };
}
