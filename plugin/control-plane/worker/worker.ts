/** The desk: the thread that holds registry, index and change log, and answers through the application. */
import { workerData, parentPort } from "node:worker_threads";
import type { DeskSetup, FromDesk, CommandAnswer, ToDesk } from "./messages.ts";
import { openRegistry } from "../../../registry-helper/index.ts";
import { ChangeLog } from "../../../registry-helper/views/changes/change-log.ts";
import { ChangeWatch } from "./change-poller.ts";
import { answer, type ApiResponse } from "../api/handle-request.ts";
import type { CommandLine } from "../../commands/run-command.ts";
import { openDesk } from "../api/create-context.ts";
import { buildSnapshot } from "./stream-snapshot.ts";
import { parseJson } from "../../../registry-helper/model/json.ts";
import { makeProblem, PROBLEM_MEDIA_TYPE } from "../contract/problem.ts";
import type { ChangeReader } from "../contract/change-reader.ts";

const setup = workerData as DeskSetup;

const registry = openRegistry({ root: setup.root });

const log = new ChangeLog(registry);

let { facts } = setup;

let lastProblem = "";

const tell = (message: FromDesk): void => parentPort?.postMessage(message);

const watch = new ChangeWatch({
  log,
  post: (changes, cursor) => tell({ type: "changes", changes, cursor }),
  reset: (cursor) => tell({ type: "reset", cursor }),
  problem: complain,
  now: Date.now,
  schedule: (work, afterMs) => {
    const timer = setTimeout(work, afterMs);
    return { cancel: () => clearTimeout(timer) };
  },
});

const waiting = new Map<number, (answer: CommandAnswer) => void>();

let commands = 0;

const askedCommandLine: CommandLine = (argv, by) =>
  new Promise((resolve) => {
    commands += 1;
    waiting.set(commands, resolve);
    tell({ type: "command", id: commands, argv, ...(by === undefined ? {} : { by }) });
  });

const desk = openDesk({
  root: setup.root,
  registry,
  changes: changesFor(log),
  facts: () => facts,
  problem: complain,
  ...(setup.commands === "own" ? {} : { commandLine: askedCommandLine }),
});

async function handle(message: ToDesk): Promise<void> {
  switch (message.type) {
    case "request": {
      ({ facts } = message);
      const { query, bodyText, ...rest } = message.request;
      const body = readJson(bodyText);
      const response =
        body === NOT_JSON ? notJson() : await answer(desk, { ...rest, query: new URLSearchParams(query), body });
      // Whoever made a change gets its answer after the change was posted.
      if (rest.method === "POST" || rest.method === "DELETE") watch.look();
      return tell({ type: "answer", id: message.id, value: response });
    }
    case "read":
      return tell({ type: "answer", id: message.id, value: watch.read(message.after, message.limit) ?? null });
    case "snapshot": {
      ({ facts } = message);
      watch.look();
      const { cursor } = watch;
      const members = await buildSnapshot((path, query, caller) =>
        answer(desk, { method: "GET", path, query, headers: {}, body: undefined, caller }),
      );
      return tell({ type: "answer", id: message.id, value: { cursor, members } });
    }
    case "follow":
      return watch.follow(message.on);
    case "commandAnswer":
      waiting.get(message.id)?.(message.answer);
      waiting.delete(message.id);
      return;
  }
}

const NOT_JSON = Symbol("not JSON");

function readJson(text: string | undefined): unknown {
  try {
    return text === undefined || text.trim() === "" ? undefined : parseJson(text);
  } catch {
    return NOT_JSON;
  }
}

function notJson(): ApiResponse {
  const problem = makeProblem("invalid_json", { detail: "the body is not valid JSON" });
  const headers = { "content-type": PROBLEM_MEDIA_TYPE, "cache-control": "no-store" };
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

/** A full disk gives the same answer at every look. */
function complain(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (message !== lastProblem) tell({ type: "problem", message });
  lastProblem = message;
}

parentPort?.on("message", (message: ToDesk) => {
  handle(message).catch((error: unknown) => {
    complain(error);
    if ("id" in message) tell({ type: "failed", id: message.id, message: "the desk failed; the log says why" });
  });
});

tell({ type: "ready", cursor: watch.cursor });

/** The change log as the application asks it: looked at first, so that a client finds what it has just done. */
export function changesFor(log: ChangeLog): ChangeReader {
  return {
    changesAfter(cursor, limit) {
      while (log.look());
      const present = { changes: [], cursor: log.cursor, more: false };
      if (cursor === undefined) return { ...present, reset: false };
      const page = log.read(cursor, limit);
      return page === undefined ? { ...present, reset: true } : { ...page, reset: false };
    },
  };
}
