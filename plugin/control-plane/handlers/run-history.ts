import {
  compareRuns,
  CountingLines,
  DEFAULT_LIMIT,
  existingRunPaths,
  isClawTaskError,
  type JsonObject,
  loadRun,
  loadRunAt,
  parseObject,
  readLines,
  type Registry,
  type RunState,
  withoutSeal,
} from "../../../registry-helper/internal.ts";
import { ApiProblem } from "../contract/problem.ts";
import { type Handler, getNumber, getText } from "./handler.ts";
import { parseQueryTime } from "./query-time.ts";

/** The run as it was. */
export const getPastRun: Handler = ({ context: { registry }, params, query }) => {
  const runId = params["runId"] ?? "";
  const time = parseQueryTime(getText(query, "time"), "time", registry.now());
  const seq = getNumber(query, "seq");
  if ((time === undefined) === (seq === undefined))
    throw new ApiProblem("query_invalid", { detail: "give exactly one of seq and time" });
  const { seq: lastSeq } = loadRun(registry, runId);
  const past = loadRunAt(registry, runId, time === undefined ? { seq: seq ?? 0 } : { time });
  if (past === undefined)
    throw new ApiProblem("query_invalid", {
      detail: `the journal of run ${runId} tells nothing of ${getText(query, "time") ?? String(seq)}`,
      details: { lastSeq },
    });
  return { document: { seq: past.seq, state: past.run.state, lastSeq } };
};

/** A page of the journal. Lines that lost a race for their place are in it no more than in the run. */
export const listRunJournal: Handler = ({ context: { registry }, params, query }) => {
  const { fs, root } = registry;
  const { events: path } = existingRunPaths(fs, root, params["runId"] ?? "");
  const after = getNumber(query, "after") ?? 0;
  const limit = getNumber(query, "limit") ?? DEFAULT_LIMIT;
  const known = findLastSeq(registry, params["runId"] ?? "");
  const events: JsonObject[] = [];
  let lastSeq = 0;
  const counting = new CountingLines();
  readLines(fs, path, 0, ({ text }) => {
    const event = parseObject(text);
    if (event === undefined) return undefined;
    const seq = counting.next(event);
    if (seq === undefined) return undefined;
    lastSeq = seq;
    if (seq > after && events.length < limit) events.push({ ...withoutSeal(event), seq });
    return events.length === limit && known !== undefined ? "stop" : undefined;
  });
  const last = Number(events.at(-1)?.["seq"] ?? after);
  const end = known ?? lastSeq;
  return { document: { events, next: last < end && events.length > 0 ? last : null, lastSeq: end } };
};

/** Undefined for a journal that cannot be folded: what can be read of it is shown all the same. */
function findLastSeq(registry: Registry, runId: string): number | undefined {
  try {
    return loadRun(registry, runId).seq;
  } catch (error) {
    if (isClawTaskError(error)) return undefined;
    throw error;
  }
}

export const compareRunsHandler: Handler = ({ context: { registry }, query }) => {
  const loadState = (name: string): RunState => loadRun(registry, getText(query, name) ?? "").run.state;
  return { document: compareRuns(loadState("a"), loadState("b")) };
};
