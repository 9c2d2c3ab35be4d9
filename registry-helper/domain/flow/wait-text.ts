import type { FlowWaitTarget } from "../../model/flow-record.ts";

/** What is waited for, in words. */
export function formatWait(wait: FlowWaitTarget): string {
  const note = wait.note === undefined ? "" : `: ${wait.note}`;
  switch (wait.kind) {
    case "task":
      return `task ${wait.taskId}${note}`;
    case "event":
      return `event ${wait.name}${note}`;
    case "until":
      return `${wait.at}${note}`;
    case "manual":
      return `somebody${note}`;
  }
}
