import { formatLargestUnit } from "../../model/duration.ts";
import type { TaskContext } from "../../operations/tasks/task-context.ts";
import { wrap } from "./table.ts";
import { routeText } from "./task-text.ts";

export function contextText(context: TaskContext): string {
  const { worker, requester } = context;
  const idleText = context.quietMs > 0 ? `, ${formatLargestUnit(context.quietMs)} ago` : "";
  const transcript =
    worker.sessionId === null
      ? `agent ${worker.agentId ?? "?"}; its session id is not known`
      : `agent ${worker.agentId ?? "?"}, session id ${worker.sessionId}`;
  const part = (title: string, lines: readonly (string | null)[]): string[] => {
    const present = lines.filter((line) => line !== null && line !== "").map((line) => wrap(line ?? "", "  "));
    return present.length === 0 ? [] : [title, ...present];
  };
  const lines = [
    "to take it up again",
    ...part("where it stands", [
      `${context.phase}${idleText}`,
      context.lastProgress,
      context.nextAction === null ? null : `next: ${context.nextAction}`,
    ]),
    ...part("attempts", context.attempts.map(attemptText)),
    ...part("artifacts", context.artifacts),
    ...part("session", [worker.sessionKey]),
    ...part("transcript", [transcript]),
    ...part("requester", [requester.sessionKey, routeText(requester.route)]),
  ];
  return `${lines.join("\n")}\n`;
}

function attemptText({ attempt, runId, model, status, from, to }: TaskContext["attempts"][number]): string {
  const by = [runId === null ? null : `host run ${runId}`, model].filter(Boolean).join(", ");
  return `${attempt}: ${status}${by === "" ? "" : ` (${by})`}, ${from ?? "not started"} to ${to ?? "now"}`;
}
