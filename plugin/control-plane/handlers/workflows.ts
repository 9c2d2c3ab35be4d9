import {
  ClawTaskError,
  computeStats,
  DEFAULT_LIMIT,
  type ErrorCode,
  factsFromIndex,
  formatMicros,
  getEffectiveDefaults,
  readPolicy,
  readTaskStats,
  TASK_GROUPINGS,
  type VersionStats,
  type WorkflowDefinition,
} from "../../../registry-helper/internal.ts";
import { requireWorkflow } from "./create-run.ts";
import { toDefinitionGraph } from "./graph.ts";
import { type HandlerRequest, type Handler, getNumber, getText } from "./handler.ts";
import { parseQueryTime } from "./query-time.ts";
import { runPage } from "./run-list.ts";
import { listKnownWorkflows, findWorkflow } from "./workflow-cache.ts";

/** Every workflow file, and workflows of which only runs are left. */
export const listWorkflows: Handler = ({ context, read }) => {
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
  const files = listKnownWorkflows(context).map(({ path, definition, version, problem }) => {
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
export const getWorkflow: Handler = (request) => {
  const { context, read, params, query } = request;
  const workflowId = params["workflowId"] ?? "";
  const known = findWorkflow(context, workflowId);
  const limit = getNumber(query, "limit") ?? DEFAULT_LIMIT;
  const { runs } = read.query((database) => runPage(database, { workflowId, limit }));
  if (known === undefined && runs.length === 0) requireWorkflow(request, workflowId);
  const definition = known?.definition ?? null;
  return {
    document: {
      workflowId,
      path: known?.path ?? null,
      version: known?.version ?? null,
      definition: definition === null ? null : toDefinitionView(definition),
      versions: getStats(request, workflowId).versions,
      runs,
    },
  };
};

function toDefinitionView(definition: WorkflowDefinition): object {
  const { title, params = {}, nodes } = definition;
  const defaults = getEffectiveDefaults(definition);
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

export const getWorkflowGraph: Handler = (request) => {
  const { definition, problem } = requireWorkflow(request, request.params["workflowId"] ?? "");
  if (definition === null) throw new ClawTaskError(problem.code as ErrorCode, { message: problem.message });
  return { document: toDefinitionGraph(definition.nodes) };
};

export const getWorkflowStats: Handler = (request) => {
  const workflowId = request.params["workflowId"] ?? "";
  return { document: { workflowId, ...getStats(request, workflowId) } };
};

export const getTaskStats: Handler = ({ context, read, query }) => {
  const by = TASK_GROUPINGS.find((one) => one === query["by"]) ?? "agent";
  const at = parseQueryTime(getText(query, "since"), "since", context.registry.now());
  const groups = read.query((database) => readTaskStats(database, by, at));
  return { document: { by, since: at === undefined ? null : formatMicros(at), groups } };
};

function getStats(
  { context, read, query }: HandlerRequest,
  workflowId: string,
): { since: string | null; versions: VersionStats[] } {
  const at = parseQueryTime(getText(query, "since"), "since", context.registry.now());
  const since = at === undefined ? undefined : formatMicros(at);
  const { runs, attempts } = read.query((database) => factsFromIndex(database, workflowId, since));
  return { since: since ?? null, versions: computeStats(runs, attempts) };
}
