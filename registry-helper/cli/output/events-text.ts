import { isJsonObject, type Json, type JsonObject, toJsonLine } from "../../model/json.ts";
import { blockAsWritten, displayWidth } from "./layout.ts";
import { table } from "./table.ts";

/** What happened in a run, by whom, and what was said, as it was written. */
export function eventsText(events: readonly JsonObject[], columns: number): string {
  const said = events.map(getWords);
  const rows = events.map((event, index) => [
    text(event["seq"]) ?? "-",
    (text(event["timestamp"]) ?? "").slice(11, 23),
    text(event["event"]) ?? "",
    getActor(event) ?? "-",
    [getSubject(event), said[index]].filter((part) => part !== undefined && part !== "").join(": "),
  ]);
  const [header = "", ...lines] = table(["SEQ", "TIME (UTC)", "EVENT", "BY", "WHAT"], rows, columns)
    .trimEnd()
    .split("\n");
  const withWords = lines.flatMap((line, index) => {
    const words = said[index] ?? "";
    const isWhole = words === "" || line.endsWith(words) || displayWidth(words) === 0;
    return isWhole ? [line] : [line, blockAsWritten(words, "      ")];
  });
  return `${[header, ...withWords].join("\n")}\n`;
}

/** Who did it, where that is not the agent that drives the run. */
function getActor(event: JsonObject): string | undefined {
  const { control, answer } = event;
  return (
    text(event["by"]) ??
    (isJsonObject(answer) ? text(answer["by"]) : undefined) ??
    (isJsonObject(control) ? text(control["by"]) : undefined) ??
    text(event["session"])
  );
}

/** What it is about: a node, and of a control what was asked for. */
function getSubject(event: JsonObject): string | undefined {
  const { control } = event;
  const asked = isJsonObject(control) ? [text(control["action"]), text(control["nodeId"])] : [];
  const parts = [text(event["nodeId"]), ...asked, text(event["code"])].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(" ");
}

/** What was said with it: a message, or the words of an answer or a control. */
function getWords(event: JsonObject): string {
  const { control, answer } = event;
  const message = text(event["message"]) ?? (isJsonObject(control) ? text(control["message"]) : undefined);
  const choice = isJsonObject(answer) ? text(answer["choice"]) : undefined;
  const patch = isJsonObject(control) ? control["patch"] : undefined;
  const data = isJsonObject(patch) && Object.keys(patch).length > 0 ? toJsonLine(patch) : undefined;
  return [choice, message, data].filter((part) => part !== undefined && part !== "").join(": ");
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}
