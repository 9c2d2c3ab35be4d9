import type { ControlLine, TickCommand } from "../../domain/run/commands.ts";
import { isControlAction } from "../../domain/run/control-actions.ts";
import { ControlApplier } from "../../domain/run/decide/apply-control-lines.ts";
import { findNode } from "../../domain/run/state/find-node.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { sha256 } from "../../model/hash.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../model/json.ts";
import { MAX_CONTROL_BYTES } from "../../model/limits.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { RecordedControl } from "../../model/run-events.ts";
import type { Micros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { readLines, getFileSize } from "../../storage/journal-file.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { toControlLine } from "./control-inputs.ts";

/** Who a line is from that names nobody: OpenTask's server and command line write no actor. */
const ANONYMOUS_ACTOR = "control.jsonl";

/**
 * What other tools wrote into `control.jsonl` since the run was last brought up to date. A line that cannot be read
 * or applied is given with the reason; it must not stop the others.
 */
export function readControls(registry: Registry, runId: string, run: RunDocument): TickCommand["controls"] {
  const { fs } = registry;
  const path = runPaths(registry.root, runId).control;
  const size = fs.existsSync(path) ? getFileSize(fs, path) : 0;
  const known = run.state.controlBytes ?? 0;
  // A file that became shorter was written anew: applied lines are known by their ids.
  const from = size < known ? 0 : known;
  if (size === from) return undefined;
  const lines: ControlLine[] = [];
  const runBefore = runsBetween(run, lines, registry.now());
  const bytes = readLines(fs, path, from, ({ text, start }) => {
    if (text.trim() !== "") lines.push(readLine(registry, { text, place: `${path}:${start}` }, runBefore));
  });
  return { lines, bytes };
}

/**
 * The run in which a control about a node is looked up: as the lines before it leave it when one of them may have
 * added the node, since the answer to its question is checked against what it asks for.
 */
function runsBetween(
  run: RunDocument,
  lines: readonly ControlLine[],
  now: Micros,
): (nodeId: string | undefined) => RunDocument {
  const taker = new ControlApplier(run, { now });
  let appliedLines = 0;
  return (nodeId) => {
    if (nodeId === undefined || findNode(run.state.nodes, nodeId) !== undefined) return run;
    for (const line of lines.slice(appliedLines)) taker.apply(line);
    appliedLines = lines.length;
    return taker.run;
  };
}

function readLine(
  registry: Registry,
  { text, place }: { text: string; place: string },
  runBefore: (nodeId: string | undefined) => RunDocument,
): ControlLine {
  const refuse = (control: RecordedControl, code: string, message: string): ControlLine => ({
    control,
    refusal: { code, message },
  });
  const anonymous = {
    id: `line-${sha256(place + text).slice(0, 12)}`,
    action: "?",
    by: ANONYMOUS_ACTOR,
    isFromFile: true,
  } as const;
  if (Buffer.byteLength(text) > MAX_CONTROL_BYTES)
    return refuse(anonymous, "too_large", `a control has at most ${MAX_CONTROL_BYTES} bytes`);
  let line: Json;
  try {
    line = parseJson(text);
  } catch (error) {
    if (isClawTaskError(error)) return refuse(anonymous, error.code, error.message);
    return refuse(anonymous, "invalid_json", "the line is no JSON object");
  }
  if (!isJsonObject(line)) return refuse(anonymous, "invalid_json", "the line is no JSON object");
  const control = readFields(line, anonymous.id);
  if (!isControlAction(control.action)) return refuse(control, "control_unknown", `unknown action: ${control.action}`);
  try {
    return toControlLine(registry, runBefore(control.nodeId), {
      control: { ...control, action: control.action },
      usesFirstChoice: false,
    });
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return refuse(control, error.code, error.message);
  }
}

function readFields(line: JsonObject, fallbackId: string): RecordedControl {
  const text = (key: string): string | undefined => {
    const value = line[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const nodeId = text("nodeId");
  const message = text("message");
  return {
    id: text("id") ?? fallbackId,
    action: text("action") ?? "?",
    by: text("by") ?? text("actor") ?? ANONYMOUS_ACTOR,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(message === undefined ? {} : { message }),
    ...(line["patch"] === undefined ? {} : { patch: line["patch"] }),
    isFromFile: true,
  };
}
