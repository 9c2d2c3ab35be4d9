import { formatMicros } from "../../../registry-helper/index.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import { statsOf, type VersionStats } from "../../../registry-helper/views/reports/run-stats.ts";
import { factsFromIndex } from "../../../registry-helper/views/reports/load-run-stats.ts";
import { readPolicy } from "../../../registry-helper/domain/workflow/node-policy-defaults.ts";
import { ClawTaskError, type ErrorCode } from "../../../registry-helper/index.ts";
import type { WorkflowDefinition } from "../../../registry-helper/model/workflow-schema.ts";
import { type Call, type Handler, numberOf, textOf } from "./handler.ts";
import { requireWorkflow } from "./create-run.ts";
import { graphOfDefinition } from "./graph.ts";
import { knownWorkflows, workflowNamed } from "./workflow-cache.ts";
import { timeIn } from "./query-time.ts";
import { runPage } from "./run-list.ts";

/** Every workflow file, and workflows of which only runs are left. */
export const listWorkflows: Handler = ({ desk, read }) => {
  const used = read.query((database) =>
    database
      .prepare(
        "SELECT workflowId, count(*) AS runs, max(createdAt) AS lastAt FROM runs WHERE workflowId IS NOT NULL GROUP BY workflowId",
      )
      .all(),
  );
  const uses = new Map(
    used.map(({ workflowId, runs, lastAt }) => [String(workflowId), { runs: Number(runs), lastAt }]),
  );
  const files = knownWorkflows(desk).map(({ path, definition, version, problem }) => {
    const use = uses.get(definition?.workflowId ?? "");
    return {
      path,
      workflowId: definition?.workflowId ?? null,
      title: definition?.title ?? null,
      version,
      nodes: definition?.nodes.length ?? 0,
      runs: use?.runs ?? 0,
      lastAt: use?.lastAt ?? null,
      problem,
    };
  });
  const named = new Set(files.map(({ workflowId }) => workflowId));
  const gone = [...uses].filter(([workflowId]) => !named.has(workflowId));
  return {
    document: {
      workflows: [
        ...files,
        ...gone.map(([workflowId, { runs, lastAt }]) => ({
          ...{ path: null, workflowId, title: null, version: null, nodes: 0, runs, lastAt, problem: null },
        })),
      ],
    },
  };
};

/** One workflow; its runs tell of it when its file is gone. */
export const getWorkflow: Handler = (call) => {
  const { desk, read, params, query } = call;
  const workflowId = params["workflowId"] ?? "";
  const known = workflowNamed(desk, workflowId);
  const limit = numberOf(query, "limit") ?? DEFAULT_LIMIT;
  const { runs } = read.query((database) => runPage(database, { workflowId, limit }));
  if (known === undefined && runs.length === 0) requireWorkflow(call, workflowId);
  const definition = known?.definition ?? null;
  return {
    document: {
      workflowId,
      path: known?.path ?? null,
      version: known?.version ?? null,
      definition: definition === null ? null : shownDefinition(definition),
      versions: statsFor(call, workflowId).versions,
      runs,
    },
  };
};

function shownDefinition(definition: WorkflowDefinition): object {
  const { title, params = {}, nodes, defaults } = definition;
  return {
    title,
    params,
    nodes: nodes.map((node) => ({
      id: node.id,
      title: node.title,
      kind: node.kind,
      needs: node.needs ?? [],
      ...(node.waitFor === undefined ? {} : { waitFor: node.waitFor }),
      policy: readPolicy(node, defaults) ?? {},
    })),
  };
}

export const getWorkflowGraph: Handler = (call) => {
  const { definition, problem } = requireWorkflow(call, call.params["workflowId"] ?? "");
  if (definition === null) throw new ClawTaskError(problem.code as ErrorCode, { message: problem.message });
  return { document: graphOfDefinition(definition.nodes) };
};

export const getWorkflowStats: Handler = (call) => {
  const workflowId = call.params["workflowId"] ?? "";
  return { document: { workflowId, ...statsFor(call, workflowId) } };
};

function statsFor({ desk, read, query }: Call, workflowId: string): { since: string | null; versions: VersionStats[] } {
  const at = timeIn(textOf(query, "since"), "since", desk.registry.now());
  const since = at === undefined ? undefined : formatMicros(at);
  const { runs, attempts } = read.query((database) => factsFromIndex(database, workflowId, since));
  return { since: since ?? null, versions: statsOf(runs, attempts) };
}
