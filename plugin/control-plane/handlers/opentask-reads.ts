import { LRUCache } from "lru-cache";
import {
  isClawTaskError,
  loadRun,
  readEvents,
  type RunState,
  storageError,
} from "../../../registry-helper/internal.ts";
import { memoize, memoizeByStamp, type Stamped } from "./cache.ts";
import type { HandlerRequest, Handler } from "./handler.ts";
import { openTaskRun, withoutNulls } from "./opentask-run.ts";

/** How much of OpenTask's list is kept between requests, in UTF-16 code units of JSON: its web UI asks every 5 s. */
const RUN_CACHE_LENGTH = 32 * 1024 * 1024;

/** Every run with all its nodes. One that cannot be read does not hide the others. */
export const listOpenTaskRuns: Handler = (request) => {
  const rows = request.read.query((database) =>
    database
      .prepare(
        "SELECT runId, stamp FROM runs WHERE problem IS NULL OR status <> 'unreadable' ORDER BY updatedAt DESC, runId",
      )
      .all(),
  );
  const cache = memoize(
    request.context,
    "opentask runs",
    () =>
      new LRUCache<string, Stamped<string>>({
        maxSize: RUN_CACHE_LENGTH,
        sizeCalculation: ({ value }) => value.length + 1,
      }),
  );
  const texts = rows.flatMap(({ runId, stamp }) => {
    const text = memoizeByStamp(cache, String(runId), String(stamp), () => {
      const state = findReadableRun(request, String(runId));
      return state === undefined || state.archivedAt !== undefined ? "" : JSON.stringify(openTaskRun(state));
    });
    return text === "" ? [] : [text];
  });
  return { text: `[${texts.join(",")}]`, mediaType: "application/json" };
};

function findReadableRun({ context }: HandlerRequest, runId: string): RunState | undefined {
  try {
    return loadRun(context.registry, runId).run.state;
  } catch (thrown) {
    if (isClawTaskError(storageError(thrown, `run ${runId}`))) return undefined;
    throw thrown;
  }
}

export const getRun: Handler = ({ context, params }) => {
  const { run, seq } = loadRun(context.registry, params["runId"] ?? "");
  return { document: openTaskRun(run.state), etag: seq };
};

/** The events of OpenTask's log, in its keys. A run that is not there has none. */
export const listRunEvents: Handler = ({ context, params }) => {
  try {
    const events = readEvents(context.registry, params["runId"] ?? "");
    return {
      document: events.map(({ event, runId, timestamp, nodeId, message, payload }) =>
        withoutNulls({ event, runId, timestamp, nodeId, message, payload: payload ?? {} }),
      ),
    };
  } catch (error) {
    if (isClawTaskError(error) && ["run_not_found", "invalid_id"].includes(error.code)) return { document: [] };
    throw error;
  }
};
