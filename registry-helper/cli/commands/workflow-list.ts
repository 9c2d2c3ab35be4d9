import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { loadWorkflow } from "../../operations/workflows/workflow-files.ts";
import type { Registry } from "../../registry/registry.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { workflowPaths } from "../../storage/workflow-paths.ts";
import { findRuns } from "../../views/queries/workflow-runs.ts";
import type { Command } from "../command.ts";
import { table } from "../output/table.ts";

interface ListedWorkflow {
  path: string;
  workflowId: string | null;
  title: string | null;
  version: string | null;
  nodes: number;
  runs: number;
  /** Why it cannot be read; null when it can. */
  problem: { code: string; message: string } | null;
}

/** Every workflow of the registry, with what is wrong with those that cannot be read. */
export const workflowList: Command = {
  jsonWhenPiped: false,
  spec: { command: "workflow list", positionals: [], options: [] },
  run({ registry, self }) {
    const counts = new Map<string, number>();
    for (const { workflowId } of findRuns(registry, {}))
      if (workflowId !== null) counts.set(workflowId, (counts.get(workflowId) ?? 0) + 1);
    const workflows = workflowPaths(registry).map((path) => listed(registry, path, counts));
    return {
      json: { ok: true, registryRoot: registry.root, workflows },
      text: () => {
        if (workflows.length === 0) return `no workflows in ${registry.root}\n\n  ${self} workflow new --help\n`;
        const rows = workflows.map((one) => [
          one.path.slice("workflows/".length, -".task.md".length),
          one.version ?? "-",
          String(one.nodes),
          String(one.runs),
          one.problem === null ? (one.title ?? "") : `${one.problem.code}: ${one.problem.message}`,
        ]);
        return table(["WORKFLOW", "VERSION", "NODES", "RUNS", "TITLE"], rows);
      },
    };
  },
};

function listed(registry: Registry, path: string, counts: ReadonlyMap<string, number>): ListedWorkflow {
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
