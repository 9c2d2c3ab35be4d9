/** OpenTask's own page: it sends no header, knows no token, and takes each frame of its stream for a run. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { readStaticFiles } from "../../../plugin/control-plane/http/static-files.ts";
import { type RunningServer, serve } from "../../../plugin/control-plane/serve.ts";
import { openRegistry, scaffoldRun } from "../../../registry-helper/index.ts";
import { openToken } from "../../../plugin/control-plane/auth/token-file.ts";
import { useTempFolder } from "../support/temp-folder.ts";

const WORKER = new URL("../../../dist/control-plane-worker.cjs", import.meta.url);
const WORKFLOW = `---
workflowId: note
title: Note
nodes:
  - id: write
    title: Write it down
    kind: session_turn
    outputs:
      mode: notify
---
`;

let root: string;
let server: RunningServer;

async function start(): Promise<void> {
  root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows/note.task.md"), WORKFLOW);
  scaffoldRun(openRegistry({ root }), {
    workflowPath: "workflows/note.task.md",
    runId: "n1",
    sourceSessionKey: "agent:main:main",
    deliveryContext: null,
  });
  const ui = join(root, "ui");
  mkdirSync(ui);
  writeFileSync(join(ui, "index.html"), "<!doctype html><title>theirs</title>");
  server = await serve({
    root,
    port: 0,
    host: "127.0.0.1",
    allowHosts: [],
    isReadOnly: false,
    rotateToken: false,
    page: undefined,
    guest: await readStaticFiles(ui),
    startWorker: (workerData) => new Worker(readFileSync(WORKER, "utf8"), { eval: true, workerData }),
    problem: (message) => {
      throw new Error(message);
    },
  });
  onTestFinished(() => server.stop());
}

async function openLink(link = server.guestLink ?? "", cookie?: string): Promise<Response> {
  return await fetch(link, { redirect: "manual", headers: cookie === undefined ? {} : { cookie } });
}

async function cookieOf(): Promise<string> {
  const opened = await openLink();
  expect(opened.status).toBe(303);
  return opened.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** What a page without headers gets on the stream of the run, until it is closed. */
async function follow(cookie: string): Promise<{ frames: string[]; closed: Promise<number> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/runs/n1/stream`, {
    headers: { cookie, origin: server.url.slice(0, -1) },
  });
  const frames: string[] = [];
  const first = new Promise<void>((resolve) => socket.once("message", () => resolve()));
  socket.on("message", (data: Buffer) => frames.push(data.toString()));
  const closed = new Promise<number>((resolve, reject) => {
    socket.on("close", resolve);
    socket.on("error", reject);
  });
  await first;
  return { frames, closed };
}

function runIdIn(frame: string): string | undefined {
  return (JSON.parse(frame) as { runId?: string }).runId;
}

function areAllOfTheRun(ids: readonly (string | undefined)[]): boolean {
  return ids.length > 0 && ids.every((id) => id === "n1");
}

test("a server that stops sends nothing but runs on the stream of a run, and closes it with its code", async () => {
  await start();
  const stream = await follow(await cookieOf());
  await server.stop();
  expect(await stream.closed).toBe(1001);
  expect(stream.frames.map(runIdIn)).toSatisfy(areAllOfTheRun);
});

test("so does one whose token was changed", async () => {
  await start();
  const stream = await follow(await cookieOf());
  await openToken(root, { rotate: true });
  expect(await stream.closed).toBe(1008);
  expect(stream.frames.map(runIdIn)).toSatisfy(areAllOfTheRun);
});

test("a page whose buttons send their name along works without any header", async () => {
  await start();
  const answer = await fetch(`${server.url}api/runs/n1/actions/pause`, {
    method: "POST",
    headers: { cookie: await cookieOf(), origin: server.url.slice(0, -1), "content-type": "application/json" },
    body: JSON.stringify({ action: "pause" }),
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ runId: "n1", status: "paused" });
});

test("the printed link opens once; again only for the browser that has its cookie", async () => {
  await start();
  const cookie = await cookieOf();
  expect((await openLink()).status).toBe(401);
  const again = await openLink(server.guestLink, cookie);
  expect([again.status, again.headers.get("location")]).toEqual([303, "/"]);
});

test("a used link names the command that makes another one of this very server, and that makes one for each page", async () => {
  await start();
  await openLink();
  const { next } = (await (await openLink()).json()) as { next: string };
  expect(next).toBe(`make a new one: clawtask serve --link --port ${server.port}`);
  const token = readFileSync(join(root, ".control-plane/token"), "utf8").trim();
  const made = await fetch(`${server.url}api/session/link`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const { guestLink = "" } = (await made.json()) as { guestLink?: string };
  expect((await openLink(guestLink)).status).toBe(303);
});
