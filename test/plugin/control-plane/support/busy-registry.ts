import { ApiFixture } from "./api-fixture.ts";

/** A registry with something of everything: what every route has an answer for. */
export interface BusyRegistry {
  api: ApiFixture;
  taskId: string;
  flowId: string;
}

export async function busyRegistry(api = new ApiFixture()): Promise<BusyRegistry> {
  const taskId = api.start("alpha");
  api.start("beta");
  api.end("beta", "error");
  api.run("demo", {
    nodes: [
      { id: "a", mode: "report" },
      { id: "gate", kind: "approval", needs: ["a"], prompt: "Shall we?" },
      { id: "pause", kind: "wait", needs: ["gate"] },
      { id: "b", kind: "subagent", needs: ["pause"], mode: "report" },
    ],
  });
  api.write("runs/demo/nodes/a/report.md", "# Found\n");
  api.write("runs/demo/nodes/a/result.json", '{"score": 3}');
  await api.cli("claim", "demo", "a");
  await api.cli("complete", "demo", "a", "--result-json", '{"score": 3}');
  await api.cli("claim", "demo", "gate");
  api.run("broken", { workflowId: "other", nodes: [{ id: "x" }, { id: "y", needs: ["x"] }] });
  await api.cli("claim", "broken", "x");
  await api.cli("fail", "broken", "x", "--message", "no network");
  await api.cli("fork", "demo", "--from", "gate", "--run-id", "forked");
  const made = await api.post("/api/flows", { title: "A flow", owner: "agent:main:main" });
  const flowId = String(made.json.flowId);
  await api.post(`/api/flows/${flowId}/actions/block`, { reason: "no key" });
  api.run("ruined", { nodes: [{ id: "a" }] }, "flow2");
  api.write("runs/ruined/state.json", "{");
  api.write("runs/ruined/events.jsonl", "rubbish\n");
  api.write("workflows/bad.task.md", "no front matter\n");
  return { api, taskId, flowId };
}

/** The path of each GET route that the application answers, on such a registry. */
export function everyGet({ taskId, flowId }: BusyRegistry): Record<string, string> {
  return {
    getSession: "/api/session",
    getOverview: "/api/overview",
    listAttention: "/api/attention?limit=100",
    getStatus: "/api/status?limit=100",
    listChanges: "/api/events?limit=10",
    auditLedger: "/api/audit",
    getHealth: "/api/health",
    getOpenApi: "/api/openapi.json",
    getMetrics: "/metrics",
    listTasks: "/api/tasks?all=true&limit=10",
    getTask: `/api/tasks/${taskId}`,
    listTaskEvents: `/api/tasks/${taskId}/events`,
    listOpenTaskRuns: "/api/runs",
    getRun: "/api/runs/demo",
    listRunEvents: "/api/runs/demo/events",
    listNodeDocuments: "/api/runs/demo/nodes/a/documents",
    listRuns: "/api/run-list?archived=true",
    getRunDetail: "/api/runs/demo/detail",
    getRunGraph: "/api/runs/demo/graph",
    getRunTimeline: "/api/runs/demo/timeline",
    getPastRun: "/api/runs/demo/at?seq=3",
    listRunJournal: "/api/runs/demo/journal?limit=3",
    listRunFiles: "/api/runs/demo/file-list",
    getRunFile: "/api/runs/demo/files?path=nodes/a/report.md",
    compareRuns: "/api/compare?a=demo&b=forked",
    listFlows: "/api/flows",
    getFlow: `/api/flows/${flowId}`,
    listWorkflows: "/api/workflows",
    getWorkflow: "/api/workflows/flow",
    getWorkflowGraph: "/api/workflows/flow/graph",
    getWorkflowStats: "/api/workflows/flow/stats?since=7d",
    getTaskStats: "/api/stats?by=agent&since=7d",
  };
}
