import { once } from "node:events";
import { renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { formatMicros } from "../../../../registry-helper/model/time.ts";
import type { Change } from "../../../../registry-helper/views/changes/change-log.ts";
import { type ServedRegistry, useServedRegistry } from "../support/served-registry.ts";
import type { StreamClient } from "../support/stream-client.ts";

const numbers = (changes: readonly Change[]): number[] => changes.map(({ cursor }) => Number(cursor.split(".")[1]));
const words = (changes: readonly Change[]): (string | undefined)[] => changes.map(({ message }) => message);
const received = (text: string) => (client: StreamClient) => words(client.changes).includes(text);
const say = (served: ServedRegistry, text: string): void => void served.sandbox.ok("progress", "demo", text);

describe("a change stream over any transport", () => {
  const served = useServedRegistry(() => ({ heartbeatMs: 100 }));
  const transports: [string, (after?: string) => StreamClient][] = [
    ["WebSocket", (after) => served.webSocket(`/api/stream${after === undefined ? "" : `?after=${after}`}`)],
    ["event stream", (after) => served.eventStream(after === undefined ? "" : `?after=${after}`)],
    [
      "event stream with Last-Event-ID",
      (after) => served.eventStream("", after === undefined ? {} : { "last-event-id": after }),
    ],
  ];

  it.each(transports)("%s: starts with a snapshot and sends each change once", async (name, join) => {
    const client = join();
    expect(await client.first("snapshot")).toMatchObject({
      reset: false,
      runs: [{ runId: "demo" }],
      tasks: [],
      overview: { runs: { byStatus: { running: 1 } } },
      attention: { total: 0 },
    });
    say(served, `${name} one`);
    say(served, `${name} two`);
    await client.until(received(`${name} two`));
    expect(words(client.changes).filter((word) => word?.startsWith(`${name} `) === true)).toEqual([
      `${name} one`,
      `${name} two`,
    ]);
    expect(await client.first("heartbeat")).toMatchObject({
      cursor: expect.stringMatching(/^[0-9a-f]{8}\.\d+$/) as string,
    });
  });

  it.each(transports)("%s: resumes after a cursor without gaps or repeats", async (name, join) => {
    const before = join();
    await before.first("snapshot");
    say(served, `${name} heard`);
    await before.until(received(`${name} heard`));
    const { cursor } = before;
    before.close();
    for (const part of ["missed one", "missed two"]) say(served, `${name} ${part}`);

    const after = join(cursor);
    expect(await after.first("resumed")).toMatchObject({ cursor });
    say(served, `${name} live`);
    await after.until(received(`${name} live`));
    expect(after.messages.some(({ type }) => type === "snapshot")).toBe(false);
    const all = numbers(after.changes);
    const from = Number(cursor?.split(".")[1]) + 1;
    expect(all).toEqual(all.map((_, at) => from + at));
    expect(words(after.changes).filter((word) => word?.startsWith(name) === true)).toEqual(
      ["missed one", "missed two", "live"].map((part) => `${name} ${part}`),
    );
  });

  it("sends cursors as event ids, so that browsers can reconnect", async () => {
    const client = served.eventStream();
    await client.first("heartbeat");
    expect(client.ids).toEqual(client.messages.map(({ cursor }) => cursor));
  });

  it.each(["x", "00000000.3", "0.0"])("restarts with a snapshot when the cursor is unusable: %s", async (cursor) => {
    expect(await served.webSocket(`/api/stream?after=${cursor}`).first("snapshot")).toMatchObject({ reset: true });
  });

  it("sends the change made by a command promptly", async () => {
    const client = served.webSocket();
    await client.first("snapshot");
    await served.post("/api/runs/demo/actions/pause", { message: "by hand" });
    await client.until(({ changes }) => changes.some(({ event }) => event === "run.paused"), 1_000);
    await served.post("/api/runs/demo/actions/resume", {});
  });

  it("sends the same changes to every client, whenever it connected", async () => {
    const clients = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? served.webSocket() : served.eventStream()));
    for (const word of ["a", "b", "c"]) say(served, `all ${word}`);
    const late = served.webSocket();
    await Promise.all(clients.map((client) => client.first("snapshot")));
    await late.first("snapshot");
    say(served, "all d");
    await Promise.all([...clients, late].map((client) => client.until(received("all d"))));
    for (const client of [...clients, late]) {
      const all = numbers(client.changes);
      expect(all).toEqual(all.map((_, at) => (all[0] ?? 0) + at));
      expect(numbers(client.changes).at(-1)).toBe(numbers(late.changes).at(-1));
    }
  });

  it("restarts with a snapshot for every client when the change log is deleted", async () => {
    const client = served.webSocket();
    await client.first("snapshot");
    rmSync(served.sandbox.path("changes.sqlite"));
    await client.until(({ messages }) => messages.some(({ type, reset }) => type === "snapshot" && reset === true));
    say(served, "in the new log");
    await client.until(received("in the new log"));
  });
});

describe("a burst of changes", () => {
  const served = useServedRegistry(() => ({ maxBufferedBytes: 64 * 1024, slowAfterMs: 300 }));

  it("reaches every reading client in order, and disconnects a client that does not read, with a reason", async () => {
    const readers = [served.webSocket(), served.eventStream()];
    await Promise.all(readers.map((reader) => reader.first("snapshot")));
    const deaf = connect(served.server.port, "127.0.0.1");
    let received = "";
    deaf.setEncoding("utf8").on("data", (text: string) => (received += text));
    const gone = once(deaf, "close");
    deaf.on("error", () => undefined);
    deaf.write(
      `GET /api/events/stream HTTP/1.1\r\nhost: ${served.host}\r\nauthorization: Bearer ${served.token}\r\n\r\n`,
    );
    while (!received.includes("event: snapshot")) await once(deaf, "data");
    deaf.pause();

    const count = 40_000;
    const lines = Array.from({ length: count }, (_, at) => {
      const timestamp = formatMicros(1_780_000_000_000_000 + at);
      const taskId = `t-20260528-${String(at % 1_000).padStart(12, "0")}`;
      return JSON.stringify({
        event: "task.progressed",
        timestamp,
        taskId,
        seq: at + 1,
        source: "test",
        update: "x".repeat(200),
      });
    });
    served.sandbox.write("ledger/2026-05-28.jsonl", `${lines.join("\n")}\n`);
    const tasks = (reader: StreamClient) => reader.changes.filter(({ kind }) => kind === "task");
    await Promise.all(readers.map((reader) => reader.until((one) => tasks(one).length >= count, 25_000)));
    for (const reader of readers) expect(tasks(reader).every(({ seq }, at) => seq === at + 1)).toBe(true);
    deaf.resume();
    await gone;
    expect(received).toContain('"code":"slow_reader"');
  });
});

describe("OpenTask's stream of a run", () => {
  const served = useServedRegistry();
  type State = { runId?: string; status?: string; lastProgressMessage?: string };

  it("sends the whole state at once and after each change", async () => {
    const client = served.webSocket("/api/runs/demo/stream");
    const states = client.messages as unknown as State[];
    await client.until(() => states.length > 0);
    expect(states[0]).toMatchObject({ runId: "demo", status: "running", nodes: [{ id: "a" }, { id: "b" }] });
    served.sandbox.ok("pause", "demo");
    await client.until(() => states.at(-1)?.status === "paused");
    served.sandbox.ok("resume", "demo");
    await client.until(() => states.at(-1)?.status === "running");
  });

  it("closes with 4404 for an unknown run and when the run is removed", async () => {
    const none = served.webSocket("/api/runs/nobody/stream");
    expect(await none.opened).toEqual({ status: 101 });
    expect(await none.closed).toEqual({ code: 4404, reason: "run not found" });

    const all = served.webSocket();
    await all.first("snapshot");
    served.sandbox.scaffold("gone", "workflows/demo-flow.task.md");
    await all.until(({ changes }) => changes.some(({ id }) => id === "gone"));
    const gone = served.webSocket("/api/runs/gone/stream");
    await gone.until(({ messages }) => messages.length > 0);
    // In one step, as `prune` does it.
    renameSync(served.sandbox.path("runs/gone"), served.sandbox.path("gone"));
    expect(await gone.closed).toMatchObject({ code: 4404 });
  });
});
