import type { FlowRecord } from "../api/response-types.ts";

/** In one line: what holds a flow up, else the last word about it. */
export function flowSummary(flow: FlowRecord): string {
  if (flow.endedAt !== null) return flow.error ?? flow.result ?? "";
  if (flow.cancel !== null) return "its cancel is wanted; its tasks are asked to stop";
  if (flow.blocked !== null) return `blocked: ${flow.blocked.reason}`;
  if (flow.wait !== null) return `waits for ${formatWait(flow)}`;
  return [flow.currentStep, flow.latestUpdate].filter(Boolean).join(": ");
}

function formatWait({ wait }: FlowRecord): string {
  if (wait === null) return "";
  const note = wait.note === undefined ? "" : ` (${wait.note})`;
  switch (wait.kind) {
    case "task":
      return `task ${wait.taskId}${note}`;
    case "event":
      return `the event ${wait.name}${note}`;
    case "until":
      return `${wait.at}${note}`;
    case "manual":
      return wait.note ?? "somebody";
  }
}
