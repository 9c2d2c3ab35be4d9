/** OpenTask's own page: it sends no header, knows no token, and takes each frame of its stream for a run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { loadOrCreateToken } from "../../../../plugin/control-plane/auth/token-file.ts";
import { readStaticFiles } from "../../../../plugin/control-plane/http/static-files.ts";
import { ServedRegistry } from "../support/served-registry.ts";

/** With a page of somebody else at `/`. */
async function start(): Promise<ServedRegistry> {
  const served = new ServedRegistry();
  const { sandbox } = served;
  onTestFinished(async () => {
    await served.stop();
    sandbox.dispose();
  });
  sandbox.scaffold("n1", sandbox.workflow("note", { nodes: [{ id: "write" }] }));
  const ui = join(sandbox.root, "ui");
  mkdirSync(ui);
  writeFileSync(join(ui, "index.html"), "<!doctype html><title>theirs</title>");
  await served.start({ customUi: await readStaticFiles(ui) });
  return served;
}

async function openLink(link = "", cookie?: string): Promise<Response> {
  return await fetch(link, { redirect: "manual", headers: cookie === undefined ? {} : { cookie } });
}

async function findCookie({ server }: ServedRegistry): Promise<string> {
  const opened = await openLink(server.guestLink);
  expect(opened.status).toBe(303);
  return opened.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** What a page without headers gets on the stream of the run, until it is closed. */
async function follow(served: ServedRegistry): Promise<{ frames: string[]; closed: Promise<number> }> {
  const socket = new WebSocket(`ws://${served.host}/api/runs/n1/stream`, {
    headers: { cookie: await findCookie(served), origin: `http://${served.host}` },
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

function parseRunId(frame: string): string | undefined {
  return (JSON.parse(frame) as { runId?: string }).runId;
}

function areAllOfTheRun(ids: readonly (string | undefined)[]): boolean {
  return ids.length > 0 && ids.every((id) => id === "n1");
}

test("a stopping server closes the stream of a run with code 1001 after sending only run states", async () => {
  const served = await start();
  const stream = await follow(served);
  await served.server.stop();
  expect(await stream.closed).toBe(1001);
  expect(stream.frames.map(parseRunId)).toSatisfy(areAllOfTheRun);
});

test("a token rotation closes the stream of a run with code 1008 after sending only run states", async () => {
  const served = await start();
  const stream = await follow(served);
  await loadOrCreateToken(served.sandbox.root, { rotate: true });
  expect(await stream.closed).toBe(1008);
  expect(stream.frames.map(parseRunId)).toSatisfy(areAllOfTheRun);
});

test("a page that sends the action name in the body works without extra headers", async () => {
  const served = await start();
  const headers = { cookie: await findCookie(served), origin: `http://${served.host}` };
  const answer = await served.post("/api/runs/n1/actions/pause", { action: "pause" }, { headers, isAnonymous: true });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ runId: "n1", status: "paused" });
});

test("the printed link opens once, and again only for the browser with its cookie", async () => {
  const served = await start();
  const { guestLink } = served.server;
  const cookie = await findCookie(served);
  expect((await openLink(guestLink)).status).toBe(401);
  const again = await openLink(guestLink, cookie);
  expect([again.status, again.headers.get("location")]).toEqual([303, "/"]);
});

test("a used link names the command that creates another one for this server, with a link for each page", async () => {
  const served = await start();
  const { guestLink, port } = served.server;
  await openLink(guestLink);
  const { next } = (await (await openLink(guestLink)).json()) as { next: string };
  expect(next).toBe(`make a new one: clawtask serve --link --port ${port}`);
  const { guestLink: another } = (await served.post("/api/session/link", {})).json as { guestLink?: string };
  expect((await openLink(another)).status).toBe(303);
});
