import type { JsonObject } from "../../../registry-helper/internal.ts";
import type { RecorderCall } from "./open-question.ts";

/** Something that can be done by one request, ready to be a button. */
export interface Action {
  label: string;
  method: "POST";
  path: string;
  body?: JsonObject;
  /** It cannot be taken back: ask before it is done. */
  destructive?: true;
  /** Fields of the body that a person has to fill in. */
  asks?: string[];
}

const segment = encodeURIComponent;

export function runAction(
  runId: string,
  label: string,
  action: string,
  body: JsonObject = {},
  more: Pick<Action, "destructive" | "asks"> = {},
): Action {
  return { label, method: "POST", path: `/api/runs/${segment(runId)}/actions/${action}`, body, ...more };
}

export function taskAction(taskId: string, label: string, action: string, isDestructive = false): Action {
  return {
    label,
    method: "POST",
    path: `/api/tasks/${segment(taskId)}/actions/${action}`,
    ...(isDestructive ? { destructive: true as const } : {}),
  };
}

export function flowAction(flowId: string, label: string, action: string, isDestructive = false): Action {
  return {
    label,
    method: "POST",
    path: `/api/flows/${segment(flowId)}/actions/${action}`,
    ...(isDestructive ? { destructive: true as const } : {}),
  };
}

/** One for each thing that may be answered. The last choice of a question is its no. */
export function answerActions(runId: string, { nodeId, choices, schema }: RecorderCall): Action[] {
  const asks = schema === null ? {} : { asks: ["data"] };
  if (choices === null)
    return [runAction(runId, "Approve", "approve", { nodeId }, asks), runAction(runId, "Reject", "reject", { nodeId })];
  const no = choices.length - 1;
  return choices.map((choice, index) =>
    index === no
      ? runAction(runId, choice, "reject", { nodeId, choice })
      : runAction(runId, choice, "approve", { nodeId, choice }, asks),
  );
}

/** What a failed node can be brought on with. */
export function repairActions(runId: string, nodeId: string): Action[] {
  return [
    runAction(runId, `Retry ${nodeId}`, "retry", { nodeId }),
    runAction(runId, `Skip ${nodeId}`, "skip", { nodeId }, { destructive: true }),
  ];
}
