import { formatPolicy } from "../../domain/workflow/policy-text.ts";
import { TEMPLATES } from "../../domain/workflow/templates.ts";
import {
  create,
  graph,
  list,
  show,
  type ShownWorkflowNode,
  type WorkflowShowDocument,
  validate,
  type WorkflowFileReport,
} from "../../operations/workflows/workflow-operations.ts";
import type { VersionUse } from "../../views/queries/workflow-runs.ts";
import { formatDot, formatMermaid, GRAPH_FORMATS } from "../../views/reports/workflow-graph.ts";
import { defineCommand } from "../define-command.ts";
import { graphText } from "../output/graph-text.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { fitLine, wrap } from "../output/layout.ts";
import { ago, table } from "../output/table.ts";

/** Every workflow of the registry, with what is wrong with those that cannot be read. */
export const workflowList = defineCommand({
  command: "workflow list",
  run(context) {
    const { registry, self, columns } = context;
    const { document } = list(toIndexedContext(context));
    const { workflows } = document;
    return {
      json: document,
      text: () => {
        if (workflows.length === 0) return `no workflows in ${registry.root}\n\n  ${self} workflow new --help\n`;
        const rows = workflows.map((one) => [
          one.path.slice("workflows/".length, -".task.md".length),
          one.version ?? "-",
          String(one.nodes),
          String(one.runs),
          one.problem === null ? (one.title ?? "") : `${one.problem.code}: ${one.problem.message}`,
        ]);
        return table(["WORKFLOW", "VERSION", "NODES", "RUNS", "TITLE"], rows, columns);
      },
    };
  },
});

/** Writes a workflow file to begin with. */
export const workflowNew = defineCommand({
  command: "workflow new",
  positionals: [{ name: "name" }],
  options: [{ name: "template", choices: TEMPLATES }, { name: "title" }],
  run(context, input) {
    const { self, actor } = context;
    const { document, definition } = create(context, input);
    const { path, template } = document;
    const values = Object.entries(definition.params ?? {})
      .filter(([, spec]) => spec.default === undefined)
      .map(([param, spec]) => ` --set ${param}="<${spec.description ?? spec.type}>"`);
    const session = actor ? "" : ' --source-session-key "<your session key>"';
    const scaffold = `${self} scaffold --workflow-path ${path} --run-id "<id>"${session}${values.join("")} --text`;
    return {
      json: document,
      text: () =>
        `wrote ${path} from the template ${template}; edit it, then:\n\n  ${self} workflow validate ${input.name}\n  ${scaffold}\n`,
    };
  },
});

/** Checks workflow files; each is reported, whatever is wrong with the others. */
export const workflowValidate = defineCommand({
  command: "workflow validate",
  positionals: [{ name: "workflow", as: "workflows", optional: true, many: true }],
  options: [{ name: "strict", flag: true }],
  run(context, input) {
    const { registry } = context;
    const { document } = validate(context, input);
    const { ok, files } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => (files.length === 0 ? `no workflows in ${registry.root}\n` : files.map(reportText).join("")),
    };
  },
});

function reportText({ path, workflowId, version, nodes, warnings = [], problem }: WorkflowFileReport): string {
  const warned = warnings.map((one) => `  warning: ${one}\n`).join("");
  if (problem === undefined)
    return `${path}: ${workflowId ?? ""}, version ${version ?? ""}, ${nodes ?? 0} ${nodes === 1 ? "node" : "nodes"}\n${warned}`;
  // The place is what an editor jumps to, so the line begins with it and is not cut.
  const message = problem.message.includes(path) ? problem.message : `${path}: ${problem.message}`;
  return `${message}\n${warned}  code: ${problem.code}\n${problem.next === undefined ? "" : `  next: ${problem.next}\n`}`;
}

/** One workflow: what it takes, what it does, which versions of it ran. */
export const workflowShow = defineCommand({
  command: "workflow show",
  positionals: [{ name: "workflow" }],
  run(context, input) {
    const { registry, self, columns } = context;
    const { document } = show(toIndexedContext(context), input);
    const { path, workflowId, title, version, params, nodes, versions } = document;
    return {
      json: document,
      text: () =>
        [
          `${fitLine(`${workflowId}  ${title}`, columns)}\n${path}, version ${version}\n`,
          ...paramsText(params, columns),
          `nodes\n${nodes.map((node) => nodeText(node, columns)).join("")}`,
          versionsText(versions, version, { now: registry.now(), columns }),
          `  ${self} workflow graph ${input.workflow}\n`,
        ].join("\n"),
    };
  },
});

function paramsText(params: WorkflowShowDocument["params"], columns: number): string[] {
  const lines = Object.entries(params).map(([name, spec]) => {
    const rest = [
      spec.type,
      spec.default === undefined ? "required" : `default ${JSON.stringify(spec.default)}`,
      ...(spec.enum === undefined ? [] : [`one of ${spec.enum.join(", ")}`]),
    ].join(", ");
    return `  ${name}: ${rest}${spec.description === undefined ? "" : `\n${wrap(spec.description, "    ", columns)}`}`;
  });
  return lines.length === 0 ? [] : [`parameters\n${lines.join("\n")}\n`];
}

function nodeText({ id, kind, needs, waitFor, policy }: ShownWorkflowNode, columns: number): string {
  const target = waitFor === undefined ? [] : [waitFor.path ?? waitFor.at ?? waitFor.task ?? waitFor.event ?? ""];
  const waits = waitFor === undefined ? [] : [`waits for ${[waitFor.type, ...target].join(" ").trim()}`];
  const texts = [...waits, ...formatPolicy(policy)];
  const head = wrap(`${id}  ${kind}${needs.length === 0 ? "" : `, needs ${needs.join(", ")}`}`, "  ", columns);
  return `${head}\n${texts.length === 0 ? "" : `${wrap(texts.join("; "), "      ", columns)}\n`}`;
}

function versionsText(
  versions: readonly VersionUse[],
  current: string,
  { now, columns }: { now: number; columns: number },
): string {
  if (versions.length === 0) return "no run was made from it yet\n";
  const rows = versions.map((use) => [
    `${use.version ?? "-"}${use.version === current ? " (this)" : ""}`,
    String(use.runs),
    ago(use.lastAt, now),
    use.lastRunId,
  ]);
  return table(["VERSION", "RUNS", "LAST", "RUN"], rows, columns);
}

/** The graph of a workflow, or of a run with how each node stands. */
export const workflowGraph = defineCommand({
  command: "workflow graph",
  positionals: [{ name: "workflow", optional: true }],
  options: [{ name: "run" }, { name: "format", choices: GRAPH_FORMATS }],
  run(context, { format, ...input }) {
    const { columns } = context;
    const { document } = graph(context, input);
    const { name, title, nodes } = document;
    return {
      json: document,
      text: () => {
        if (format === "mermaid") return formatMermaid(nodes);
        if (format === "dot") return formatDot(name, nodes);
        return `${fitLine(`${name}  ${title}`, columns)}\n\n${graphText(nodes, columns)}\n`;
      },
    };
  },
});
