import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, formatQuery } from "./request.ts";
import type {
  AttentionList,
  Finding,
  FlowResponse,
  Health,
  Overview,
  RunComparison,
  RunDetail,
  RunDocumentText,
  RunEvent,
  RunGraph,
  RunState,
  Session,
  TaskResponse,
  TaskEvent,
  Timeline,
  WorkflowResponse,
  WorkflowRow,
} from "./response-types.ts";

/** What follows from the clock (stalled, overdue) changes without any event. */
const CLOCK_MS = 30_000;
const part = encodeURIComponent;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => get<Session>("api/session", signal),
  staleTime: Infinity,
});

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => get<Overview>("api/overview", signal),
  refetchInterval: CLOCK_MS,
});

export const attentionQuery = queryOptions({
  queryKey: ["attention"],
  queryFn: ({ signal }) => get<AttentionList>("api/attention?limit=200", signal),
  refetchInterval: CLOCK_MS,
});

export const taskQuery = (taskId: string) =>
  queryOptions({
    queryKey: ["task", taskId],
    queryFn: ({ signal }) => get<TaskResponse>(`api/tasks/${part(taskId)}`, signal),
    refetchInterval: CLOCK_MS,
  });

export const taskEventsQuery = (taskId: string) =>
  queryOptions({
    queryKey: ["task", taskId, "events"],
    queryFn: ({ signal }) => get<{ events: TaskEvent[] }>(`api/tasks/${part(taskId)}/events`, signal),
  });

export const runQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => get<RunDetail>(`api/runs/${part(runId)}/detail`, signal),
  });

export const graphQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId, "graph"],
    queryFn: ({ signal }) => get<RunGraph>(`api/runs/${part(runId)}/graph`, signal),
  });

export const timelineQuery = (runId: string) =>
  queryOptions({
    queryKey: ["run", runId, "timeline"],
    queryFn: ({ signal }) => get<Timeline>(`api/runs/${part(runId)}/timeline`, signal),
  });

export const journalQuery = (runId: string, after: number) =>
  queryOptions({
    queryKey: ["run", runId, "journal", after],
    queryFn: ({ signal }) =>
      get<{ events: RunEvent[] }>(`api/runs/${part(runId)}/journal${formatQuery({ after, limit: 200 })}`, signal),
    placeholderData: keepPreviousData,
  });

/** One line of the journal; it never changes. */
export const eventQuery = (runId: string, seq: number) =>
  queryOptions({
    queryKey: ["past", runId, seq, "event"],
    queryFn: async ({ signal }) => {
      const query = formatQuery({ after: seq - 1, limit: 1 });
      return (await get<{ events: RunEvent[] }>(`api/runs/${part(runId)}/journal${query}`, signal)).events[0] ?? null;
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });

/** The past does not change. */
export const pastQuery = (runId: string, seq: number) =>
  queryOptions({
    queryKey: ["past", runId, seq],
    queryFn: ({ signal }) => get<{ state: RunState }>(`api/runs/${part(runId)}/at${formatQuery({ seq })}`, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });

export const documentsQuery = (runId: string, nodeId: string) =>
  queryOptions({
    queryKey: ["run", runId, "documents", nodeId],
    queryFn: ({ signal }) => get<RunDocumentText[]>(`api/runs/${part(runId)}/nodes/${part(nodeId)}/documents`, signal),
  });

export const compareQuery = (a: string, b: string) =>
  queryOptions({
    queryKey: ["compare", a, b],
    queryFn: ({ signal }) => get<RunComparison>(`api/compare${formatQuery({ a, b })}`, signal),
  });

export const flowQuery = (flowId: string) =>
  queryOptions({
    queryKey: ["flow", flowId],
    queryFn: ({ signal }) => get<FlowResponse>(`api/flows/${part(flowId)}`, signal),
    refetchInterval: CLOCK_MS,
  });

export const workflowsQuery = queryOptions({
  queryKey: ["workflows"],
  queryFn: ({ signal }) => get<{ workflows: WorkflowRow[] }>("api/workflows", signal),
});

export const workflowQuery = (workflowId: string) =>
  queryOptions({
    queryKey: ["workflow", workflowId],
    queryFn: ({ signal }) => get<WorkflowResponse>(`api/workflows/${part(workflowId)}`, signal),
  });

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => get<Health>("api/health", signal),
  refetchInterval: CLOCK_MS,
});

export const auditQuery = queryOptions({
  queryKey: ["audit"],
  queryFn: ({ signal }) => get<{ findings: Finding[] }>("api/audit?limit=500", signal),
  refetchInterval: CLOCK_MS,
});
