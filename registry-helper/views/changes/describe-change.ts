import { NODE_STATUS_AFTER } from "../../domain/run/state/evolve-node.ts";
import type { JsonObject } from "../../model/json.ts";
import { plainText } from "../../model/sanitize-text.ts";
import { type Micros, parseMicros } from "../../model/time.ts";
import type { ChangeKind } from "./list-journals.ts";

/** One thing that happened in a registry, in the order in which it was found. */
export interface Change {
  /** `<epoch>.<number>`: everything up to and including this change is known to who holds it. */
  cursor: string;
  kind: ChangeKind;
  /** Of the run, task or flow; the file's name of a workflow. */
  id: string;
  /** Position in the journal that told it. */
  seq: number;
  at: string;
  /** Name of the event, such as `node.completed`. */
  event: string;
  nodeId?: string;
  /** A short text for a person. */
  message?: string;
  /** What the run, node, task or flow is from here on, where the event says so. */
  status?: string;
  /** It is not in the registry any more. */
  removed?: true;
}

/** A change before it has its place among the others. */
export type ChangeDraft = Omit<Change, "cursor">;

/** Longest text of a change, in characters: whoever wants all of it reads the journal. */
const MAX_MESSAGE_CHARACTERS = 300;

const STATUS_BY_EVENT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "run.completed": "completed",
    "run.failed": "failed",
    "run.paused": "paused",
    "run.resumed": "running",
    "run.cancelled": "cancelled",
    "run.reopened": "running",
    ...NODE_STATUS_AFTER,
    "task.started": "running",
    "flow.created": "running",
    "flow.waiting": "waiting",
    "flow.blocked": "blocked",
    "flow.resumed": "running",
  }),
);

/** What one line of a journal says, in the words of a change. */
export function describeChange(line: JsonObject, about: { kind: ChangeKind; id: string; seq: number }): ChangeDraft {
  const event = asText(line["event"]) ?? "";
  const { kind, id, seq } = about;
  const nodeId = asText(line["nodeId"]);
  const message = findMessage(line);
  const status = STATUS_BY_EVENT.get(event) ?? statusIn(line);
  return {
    kind,
    id: kind === "task" ? (asText(line["taskId"]) ?? id) : id,
    seq,
    at: asText(line["timestamp"]) ?? "",
    event,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(message === undefined ? {} : { message }),
    ...(status === undefined ? {} : { status }),
  };
}

/** When a line says that it was written. */
export function findEventTime(line: JsonObject): Micros | undefined {
  return parseMicros(line["timestamp"]);
}

/** The run as created or taken over, or how the task or flow ended. */
function statusIn(line: JsonObject): string | undefined {
  return asText(at(line, "snapshot", "state")?.["status"]) ?? asText(at(line, "ending")?.["status"]);
}

function findMessage(line: JsonObject): string | undefined {
  const candidates = [
    line["message"],
    line["update"],
    at(line, "step")?.["update"],
    line["reason"],
    at(line, "cancel")?.["reason"],
    at(line, "ending")?.["error"],
    at(line, "facts")?.["label"],
    at(line, "facts")?.["title"],
  ];
  const text = candidates.map(asText).find((candidate) => candidate !== undefined && candidate !== "");
  return text === undefined ? undefined : plainText(text, MAX_MESSAGE_CHARACTERS);
}

function at(line: JsonObject, ...keys: readonly string[]): JsonObject | undefined {
  let value: unknown = line;
  for (const key of keys) value = isObject(value) ? value[key] : undefined;
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
