import { runAt, compareRuns } from "../../../registry-helper/index.ts";
import { readLines } from "../../../registry-helper/storage/journal-file.ts";
import { existingRunPaths } from "../../../registry-helper/storage/run-paths.ts";
import { parseObject } from "../../../registry-helper/storage/run-projections.ts";
import type { JsonObject } from "../../../registry-helper/model/json.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import type { RunState } from "../../../registry-helper/model/run-documents.ts";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { Registry } from "../../../registry-helper/registry/registry.ts";
import { ApiProblem } from "../contract/problem.ts";
import { type Handler, numberOf, textOf } from "./handler.ts";
import { timeIn } from "./query-time.ts";

/** The run as it was. */
export const getPastRun: Handler = ({ desk: { registry }, params, query }) => {
  const runId = params["runId"] ?? "";
  const time = timeIn(textOf(query, "time"), "time", registry.now());
  const seq = numberOf(query, "seq");
  if ((time === undefined) === (seq === undefined))
    throw new ApiProblem("query_invalid", { detail: "give exactly one of seq and time" });
  const { seq: lastSeq } = loadRun(registry, runId);
  const past = runAt(registry, runId, time === undefined ? { seq: seq ?? 0 } : { time });
  if (past === undefined)
    throw new ApiProblem("query_invalid", {
      detail: `the journal of run ${runId} tells nothing of ${textOf(query, "time") ?? String(seq)}`,
      details: { lastSeq },
    });
  return { document: { seq: past.seq, state: past.run.state, lastSeq } };
};

/** A page of the journal. Lines that lost a race for their place are in it no more than in the run. */
export const listRunJournal: Handler = ({ desk: { registry }, params, query }) => {
  const { fs, root } = registry;
  const { events: path } = existingRunPaths(fs, root, params["runId"] ?? "");
  const after = numberOf(query, "after") ?? 0;
  const limit = numberOf(query, "limit") ?? DEFAULT_LIMIT;
  const known = lastSeqOf(registry, params["runId"] ?? "");
  const events: JsonObject[] = [];
  let lastSeq = 0;
  readLines(fs, path, 0, ({ text }) => {
    const event = parseObject(text);
    if (event === undefined) return undefined;
    const seq = typeof event["seq"] === "number" ? event["seq"] : lastSeq + 1;
    if (seq <= lastSeq) return undefined;
    lastSeq = seq;
    if (seq > after && events.length < limit) events.push({ ...event, seq });
    return events.length === limit && known !== undefined ? "stop" : undefined;
  });
  const last = Number(events.at(-1)?.["seq"] ?? after);
  const end = known ?? lastSeq;
  return { document: { events, next: last < end && events.length > 0 ? last : null, lastSeq: end } };
};

/** Undefined for a journal that cannot be folded: what can be read of it is shown all the same. */
function lastSeqOf(registry: Registry, runId: string): number | undefined {
  try {
    return loadRun(registry, runId).seq;
  } catch (error) {
    if (isClawTaskError(error)) return undefined;
    throw error;
  }
}

export const compareRunsHandler: Handler = ({ desk: { registry }, query }) => {
  const stateOf = (name: string): RunState => loadRun(registry, textOf(query, name) ?? "").run.state;
  return { document: compareRuns(stateOf("a"), stateOf("b")) };
};
