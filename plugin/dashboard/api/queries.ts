import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, formatQuery } from "./request.ts";
import type * as Api from "./response-types.ts";

/** What follows from the clock (stalled, overdue) changes without any event. */
const BY_THE_CLOCK = { refetchInterval: 30_000 };
/** The past does not change. */
const OF_THE_PAST = { placeholderData: keepPreviousData, staleTime: Infinity };
const part = encodeURIComponent;

/** What is read at an address; its key begins with what a change of it is called. */
function toQuery<Answer>(
  queryKey: readonly (string | number)[],
  path: string,
  options: { refetchInterval?: number; staleTime?: number; placeholderData?: typeof keepPreviousData } = {},
) {
  return queryOptions({ queryKey, queryFn: ({ signal }) => get<Answer>(path, signal), ...options });
}

export const sessionQuery = toQuery<Api.Session>(["session"], "api/session", { staleTime: Infinity });

export const overviewQuery = toQuery<Api.Overview>(["overview"], "api/overview", BY_THE_CLOCK);

export const attentionQuery = toQuery<Api.AttentionList>(["attention"], "api/attention?limit=200", BY_THE_CLOCK);

export const statusQuery = toQuery<Api.StatusList>(["status"], "api/status?limit=50", BY_THE_CLOCK);

export const taskQuery = (taskId: string) =>
  toQuery<Api.TaskResponse>(["task", taskId], `api/tasks/${part(taskId)}`, BY_THE_CLOCK);

export const taskEventsQuery = (taskId: string) =>
  toQuery<{ events: Api.TaskEvent[] }>(["task", taskId, "events"], `api/tasks/${part(taskId)}/events`);

export const runQuery = (runId: string) => toQuery<Api.RunDetail>(["run", runId], `api/runs/${part(runId)}/detail`);

export const graphQuery = (runId: string) =>
  toQuery<Api.RunGraph>(["run", runId, "graph"], `api/runs/${part(runId)}/graph`);

export const timelineQuery = (runId: string) =>
  toQuery<Api.Timeline>(["run", runId, "timeline"], `api/runs/${part(runId)}/timeline`);

export const journalQuery = (runId: string, after: number) =>
  toQuery<{ events: Api.RunEvent[] }>(
    ["run", runId, "journal", after],
    `api/runs/${part(runId)}/journal${formatQuery({ after, limit: 200 })}`,
    { placeholderData: keepPreviousData },
  );

/** One line of the journal; it never changes. */
export const eventQuery = (runId: string, seq: number) => {
  const path = `api/runs/${part(runId)}/journal${formatQuery({ after: seq - 1, limit: 1 })}`;
  return queryOptions({
    queryKey: ["past", runId, seq, "event"],
    queryFn: async ({ signal }) => (await get<{ events: Api.RunEvent[] }>(path, signal)).events[0] ?? null,
    ...OF_THE_PAST,
  });
};

export const pastQuery = (runId: string, seq: number) =>
  toQuery<{ state: Api.RunState }>(
    ["past", runId, seq],
    `api/runs/${part(runId)}/at${formatQuery({ seq })}`,
    OF_THE_PAST,
  );

export const documentsQuery = (runId: string, nodeId: string) =>
  toQuery<Api.RunDocumentText[]>(
    ["run", runId, "documents", nodeId],
    `api/runs/${part(runId)}/nodes/${part(nodeId)}/documents`,
  );

export const compareQuery = (a: string, b: string) =>
  toQuery<Api.RunComparison>(["compare", a, b], `api/compare${formatQuery({ a, b })}`);

export const flowQuery = (flowId: string) =>
  toQuery<Api.FlowResponse>(["flow", flowId], `api/flows/${part(flowId)}`, BY_THE_CLOCK);

export const workflowsQuery = toQuery<{ workflows: Api.WorkflowRow[] }>(["workflows"], "api/workflows");

export const workflowQuery = (workflowId: string) =>
  toQuery<Api.WorkflowResponse>(["workflow", workflowId], `api/workflows/${part(workflowId)}`);

export const healthQuery = toQuery<Api.Health>(["health"], "api/health", BY_THE_CLOCK);

export const auditQuery = toQuery<{ findings: Api.FindingDocument[] }>(["audit"], "api/audit?limit=500", BY_THE_CLOCK);
