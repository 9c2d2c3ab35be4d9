/** The API worker: the thread that holds registry, index and change log, and answers through the application. */
import { workerData, parentPort } from "node:worker_threads";
import { ChangeLog, isClawTaskError, openRegistry, parseJson, pinRegistry } from "../../../registry-helper/internal.ts";
import { releaseAbandonedLocks, startWorkNote } from "../../worker/supervised-thread.ts";
import { createApiContext } from "../api/create-context.ts";
import { handleRequest, type ApiResponse } from "../api/handle-request.ts";
import type { ChangeFeed } from "../contract/change-feed.ts";
import { makeProblem, PROBLEM_MEDIA_TYPE } from "../contract/problem.ts";
import { ChangePoller } from "./change-poller.ts";
import type { ApiWorkerSetup, WorkerMessage, WorkerRequest } from "./messages.ts";
import { buildSnapshot } from "./stream-snapshot.ts";

const setup = workerData as ApiWorkerSetup;

const note = startWorkNote(setup);

const registry = pinRegistry(openRegistry({ root: setup.root }));
releaseAbandonedLocks(registry.fs, setup);

const log = new ChangeLog(registry);

let { facts } = setup;

let lastProblem = "";

const send = (message: WorkerMessage): void => parentPort?.postMessage(message);

const poller = new ChangePoller({
  log,
  check: () => registry.pin.check(),
  post: (changes, cursor) => send({ type: "changes", changes, cursor }),
  reset: (cursor) => send({ type: "reset", cursor }),
  problem: reportProblem,
  now: Date.now,
  schedule: (work, afterMs) => {
    const timer = setTimeout(work, afterMs);
    return { cancel: () => clearTimeout(timer) };
  },
});

const context = createApiContext({
  root: setup.root,
  registry,
  changes: createChangeFeed(log),
  facts: () => facts,
  problem: reportProblem,
});

async function handle(message: WorkerRequest): Promise<void> {
  switch (message.type) {
    case "request": {
      ({ facts } = message);
      note.noteSubject({ kind: "request", id: `${message.request.method} ${message.request.path}` });
      const { query, bodyText, ...rest } = message.request;
      const body = readJson(bodyText);
      const response =
        body instanceof BodyProblem
          ? body.response
          : await handleRequest(context, { ...rest, query: new URLSearchParams(query), body });
      // Whoever made a change gets its answer after the change was posted.
      if (rest.method === "POST" || rest.method === "DELETE") pollQuietly();
      return send({ type: "answer", id: message.id, value: response });
    }
    case "read":
      return send({ type: "answer", id: message.id, value: poller.read(message.after, message.limit) ?? null });
    case "snapshot": {
      ({ facts } = message);
      poller.poll();
      const { cursor } = poller;
      const members = await buildSnapshot((path, query, caller) =>
        handleRequest(context, { method: "GET", path, query, headers: {}, body: undefined, caller }),
      );
      return send({ type: "answer", id: message.id, value: { cursor, members } });
    }
    case "follow":
      return poller.follow(message.on);
  }
}

/** What the body is not, when it cannot be used. */
class BodyProblem {
  readonly response: ApiResponse;

  constructor(code: "invalid_json" | "too_large", detail: string) {
    const problem = makeProblem(code, { detail });
    const headers = { "content-type": PROBLEM_MEDIA_TYPE, "cache-control": "no-store" };
    this.response = { status: problem.status, headers, body: JSON.stringify(problem) };
  }
}
/** The request is answered whatever the look says: the next one tells the same. */
function pollQuietly(): void {
  try {
    poller.poll();
  } catch (error) {
    reportProblem(error);
  }
}

function readJson(text: string | undefined): unknown {
  try {
    return text === undefined || text.trim() === "" ? undefined : parseJson(text);
  } catch (error) {
    return isClawTaskError(error)
      ? new BodyProblem("too_large", `the body: ${error.message}`)
      : new BodyProblem("invalid_json", "the body is not valid JSON");
  }
}

/** A full disk gives the same answer at every look. */
function reportProblem(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (message !== lastProblem) send({ type: "problem", message });
  lastProblem = message;
}

parentPort?.on("message", (message: WorkerRequest) => {
  handle(message).catch((error: unknown) => {
    reportProblem(error);
    if ("id" in message) send({ type: "failed", id: message.id, message: "the API worker failed; the log says why" });
  });
});

send({ type: "ready", cursor: poller.cursor });

/** The change log as the application asks it: looked at first, so that a client finds what it has just done. */
export function createChangeFeed(log: ChangeLog): ChangeFeed {
  return {
    changesAfter(cursor, limit) {
      while (log.poll());
      const present = { changes: [], cursor: log.cursor, more: false };
      if (cursor === undefined) return { ...present, reset: false };
      const page = log.read(cursor, limit);
      return page === undefined ? { ...present, reset: true } : { ...page, reset: false };
    },
  };
}
