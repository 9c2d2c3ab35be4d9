import { isJsonObject } from "../../../model/json.ts";
import type { RunNode } from "../../../model/run-documents.ts";

/** What a wait waits for. */
export type NodeWaitTarget =
  | { type: "next_tick" | "manual" }
  | { type: "file_exists"; path: string }
  | { type: "until"; at: string }
  | { type: "task"; task: string }
  | { type: "event"; event: string };

/** Reads `waitFor`; one that another tool wrote in a form that we do not know counts as manual. */
export function parseWaitTarget({ waitFor }: RunNode): NodeWaitTarget {
  if (!isJsonObject(waitFor)) return { type: "manual" };
  const { type, path, at, task, event } = waitFor;
  if (type === "next_tick") return { type };
  if (type === "file_exists" && typeof path === "string") return { type, path };
  if (type === "until" && typeof at === "string") return { type, at };
  if (type === "task" && typeof task === "string") return { type, task };
  if (type === "event" && typeof event === "string") return { type, event };
  return { type: "manual" };
}

/** The same for a person. */
export function formatWaitTarget(node: RunNode): string {
  const target = parseWaitTarget(node);
  switch (target.type) {
    case "file_exists":
      return `the file ${target.path}`;
    case "next_tick":
      return "the next tick";
    case "until":
      return target.at;
    case "task":
      return `the task ${target.task}`;
    case "event":
      return `the event ${target.event}`;
    case "manual":
      return "a person to say go";
  }
}
