import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { loadWorkflow } from "../../operations/workflows/workflow-files.ts";
import type { Registry } from "../../registry/registry.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { workflowPaths } from "../../storage/workflow-paths.ts";
import type { Command } from "../command.ts";

/** What was found in one file. */
interface FileReport {
  path: string;
  ok: boolean;
  workflowId?: string;
  version?: string;
  nodes?: number;
  /** What is allowed but hardly meant. */
  warnings?: string[];
  problem?: { code: string; message: string; next?: string };
}

/** Checks workflow files; each is reported, whatever is wrong with the others. */
export const workflowValidate: Command = {
  jsonWhenPiped: false,
  spec: { command: "workflow validate", positionals: [{ name: "workflow", optional: true, many: true }], options: [] },
  run({ registry, args, cwd }) {
    const named = args.lists["workflow"] ?? workflowPaths(registry);
    const files = named.map((reference) => check(registry, reference, cwd));
    const ok = files.every((file) => file.ok);
    return {
      json: { ok, files },
      exit: ok ? 0 : 1,
      text: () => (files.length === 0 ? `no workflows in ${registry.root}\n` : files.map(reportText).join("")),
    };
  },
};

function check(registry: Registry, reference: string, cwd: string): FileReport {
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

function reportText({ path, workflowId, version, nodes, warnings = [], problem }: FileReport): string {
  if (problem === undefined)
    return `${path}: ${workflowId ?? ""}, version ${version ?? ""}, ${nodes ?? 0} ${nodes === 1 ? "node" : "nodes"}\n${warnings.map((one) => `  warning: ${one}\n`).join("")}`;
  // The place is what an editor jumps to, so the line begins with it and is not cut.
  const message = problem.message.includes(path) ? problem.message : `${path}: ${problem.message}`;
  return `${message}\n  code: ${problem.code}\n${problem.next === undefined ? "" : `  next: ${problem.next}\n`}`;
}
