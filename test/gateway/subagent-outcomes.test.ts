import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRow } from "../../registry-helper/internal.ts";
import type { FakeTelegram } from "./support/fake-telegram.ts";
import { type HostTaskRow, hostTasks, isDeliveryResolved, ledgerTasks, state } from "./support/ledger-view.ts";
import { type Host, OWNER_ID } from "./support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "./support/scripted-model.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const START_MS = 360_000;
/** The slowest outcome is the timeout, which the host announces after 17 s. */
const QUIET_MS = 150_000;

/** Each case has a group of its own: the host sends one message per second and group. */
const GROUP = { good: -1001, bad: -1002, slow: -1003, cancelled: -1004, nested: -1005, rejected: -1006, silent: -1007 };
type Case = keyof typeof GROUP;
const TOPIC_ID = 77;
const SPAWN_ARGS: Partial<Record<string, object>> = {
  slow: { runTimeoutSeconds: 2 },
  rejected: { agentId: "nobody" },
};

const getRunId = (task: TaskRow): string =>
  task.names.find((name) => name.startsWith("run:"))?.slice("run:".length) ?? "";

const spawn = (label: string): ModelReply => ({
  toolCalls: [{ name: "sessions_spawn", args: { task: `work on ${label}`, label, ...SPAWN_ARGS[label] } }],
});

/** A person names a case; the agent spawns a child with that label and announces what comes back. */
function respond(request: ModelRequest): ModelReply {
  if (request.turn === "announce") return announce(request);
  if (request.turn === "settle") return wasAnnounced(request) ? { text: "NO_REPLY" } : announce(request);
  if (request.isSubagent) return child(request);
  const label = /^do (\w+)$/.exec(request.prompt)?.[1];
  if (label === undefined) return { text: "NO_REPLY" };
  return request.toolResults.length === 0 ? spawn(label) : { text: `started ${label}` };
}

function announce(request: ModelRequest): ModelReply {
  if (request.isSubagent) return { text: "the grandchild's result is in" };
  if (request.childResult?.includes("silent") === true) return { text: "NO_REPLY" };
  return { text: `announced: ${request.childResult ?? "a failure"}` };
}

/**
 * On a busy machine the host wakes the requester again when the only child settles before the announcement is confirmed.
 * Like any agent that sees its own earlier message, this one then says nothing.
 */
function wasAnnounced(request: ModelRequest): boolean {
  return request.messages.some((one) => one.role === "assistant" && one.text.includes("announced: "));
}

function child(request: ModelRequest): ModelReply {
  // Once its own child is done, the host lets a child go on with another prompt.
  if (request.prompt.includes("descendants for that run have now settled")) return { text: "nested is done" };
  const label = /work on (\w+)/.exec(request.prompt)?.[1] ?? "";
  switch (label) {
    case "bad":
      return { error: { status: 400, message: "this model does not like it" } };
    case "slow":
    case "cancelled":
      return { text: "far too late", delayMs: 60_000 };
    case "nested":
      return request.toolResults.length === 0 ? spawn("grandchild") : { text: "waiting for grandchild" };
    case "grandchild":
      // Longer than its parent's first turn: the parent goes on when the grandchild is done.
      return { text: "grandchild is done", delayMs: 4_000 };
    default:
      return { text: `${label} is done` };
  }
}

describe("the outcome of a subagent", () => {
  let stage: Stage;
  let telegram: FakeTelegram;
  let host: Host;
  let tasks: TaskRow[];
  let hostRows: HostTaskRow[];

  const byLabel = (label: string): TaskRow => {
    const found = tasks.filter((task) => task.label === label);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} tasks ${label}, not one`);
    return found[0];
  };
  const said = (of: Case): string[] =>
    telegram.sent.filter((one) => one.chatId === String(GROUP[of])).map((one) => one.text);
  const cancel = async (): Promise<void> => {
    const running = (row: HostTaskRow): boolean => row.label === "cancelled" && row.status === "running";
    const row = await until(async () => (await hostTasks(host)).find(running), {
      deadlineMs: QUIET_MS,
      what: "the host to run the child that is to be cancelled",
      explain: () => state(host, telegram),
    });
    const result = await host.cli(["tasks", "cancel", row.taskId]);
    if (result.code !== 0) throw new Error(`${result.stdout}${result.stderr}`);
  };

  beforeAll(async () => {
    stage = await startStage(respond);
    ({ telegram, host } = stage);
    for (const [label, chatId] of Object.entries(GROUP)) {
      telegram.say({ chatId, threadId: TOPIC_ID, from: OWNER_ID, text: `do ${label}` });
    }
    await cancel();
    await until(
      () => {
        tasks = ledgerTasks(host);
        return tasks.length >= Object.keys(GROUP).length + 1 && tasks.every(isDeliveryResolved);
      },
      {
        deadlineMs: QUIET_MS,
        everyMs: 200,
        what: "all tasks to be over and told",
        explain: () => state(host, telegram),
      },
    );
    // The host's own heartbeat has a row of another kind, at a moment of its own.
    hostRows = await hostTasks(host, { runtime: "subagent" });
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("is recorded as one task with the status in the host's ledger", () => {
    const ours = tasks.filter((task) => task.label !== "rejected");
    const pairs = (rows: readonly { label: string; runId: string; status: string }[]): string[] =>
      rows.map(({ label, runId, status }) => `${label} ${runId} ${status}`).sort();

    expect(pairs(ours.map((task) => ({ ...task, label: task.label ?? "", runId: getRunId(task) })))).toEqual(
      pairs(hostRows.map((row) => ({ ...row, label: row.label ?? "", runId: row.runId ?? "" }))),
    );
    expect(Object.fromEntries(tasks.map(({ label, status }) => [label, status]))).toEqual({
      good: "succeeded",
      bad: "failed",
      slow: "timed_out",
      cancelled: "cancelled",
      nested: "succeeded",
      grandchild: "succeeded",
      rejected: "failed",
      silent: "succeeded",
    });
    expect(tasks.map((task) => task.lateSignals)).toEqual(tasks.map(() => 0));
  });

  it("includes the request, the requester and the delivery route", () => {
    expect(byLabel("good")).toMatchObject({
      runtime: "subagent",
      task: "work on good",
      result: "good is done",
      error: null,
      requesterSessionKey: `agent:main:telegram:group:${GROUP.good}:topic:${TOPIC_ID}`,
      route: { channel: "telegram", to: `telegram:${GROUP.good}:topic:${TOPIC_ID}`, threadId: TOPIC_ID },
    });
    for (const label of ["good", "bad", "slow", "cancelled", "nested", "silent"]) {
      expect(byLabel(label).parentRunId, label).toMatch(/^[0-9a-f-]{36}$/);
      expect(byLabel(label).startedAt, label).not.toBeNull();
    }
  });

  it("is announced once on success and confirmed by the message id", () => {
    const [, announced] = telegram.sent.filter((one) => one.chatId === String(GROUP.good));
    expect(said("good")).toEqual(["started good", "announced: good is done"]);
    expect(byLabel("good").delivery).toMatchObject({ state: "delivered", sender: "host", tries: 0 });
    expect(byLabel("good").delivery?.receipt).toContain(String(announced?.messageId));
  });

  it("is announced once on a model error", () => {
    expect(said("bad")).toEqual(["started bad", expect.stringContaining("announced: ") as string]);
    expect(byLabel("bad").error).toContain("LLM request failed");
    expect(byLabel("bad").delivery).toMatchObject({ state: "delivered", sender: "host", tries: 0 });
  });

  it("is announced once on a timeout", () => {
    expect(said("slow")).toEqual(["started slow", expect.stringContaining("announced: ") as string]);
    expect(byLabel("slow").error).toContain("timed out");
    expect(byLabel("slow").delivery).toMatchObject({ state: "delivered", sender: "host", tries: 0 });
  });

  it("has nothing to deliver after a cancel, with the reason on record", () => {
    expect(said("cancelled")).toEqual(["started cancelled"]);
    expect(byLabel("cancelled").delivery).toMatchObject({
      state: "none",
      reason: expect.stringContaining("cancelled") as string,
    });
  });

  it("goes to the parent for a grandchild, and the parent's final result is announced once", () => {
    expect(said("nested")).toEqual(["started nested", "announced: nested is done"]);
    expect(byLabel("nested")).toMatchObject({ result: "nested is done", delivery: { state: "delivered", tries: 0 } });
    expect(byLabel("grandchild")).toMatchObject({
      requesterSessionKey: byLabel("nested").childSessionKey,
      delivery: { state: "delivered", tries: 0 },
    });
  });

  it("is a failed task without a delivery for a rejected spawn", () => {
    expect(said("rejected")).toEqual(["started rejected"]);
    expect(byLabel("rejected")).toMatchObject({
      childSessionKey: null,
      error: expect.stringContaining("not allowed") as string,
      delivery: { state: "none" },
    });
    expect(hostRows.map((row) => row.label)).not.toContain("rejected");
  });

  it("counts as delivered without a message when the agent acknowledged it silently", () => {
    expect(said("silent")).toEqual(["started silent"]);
    expect(byLabel("silent").delivery).toMatchObject({
      state: "delivered",
      tries: 0,
      receipt: expect.stringContaining("chose to say nothing") as string,
    });
  });

  it("causes no plugin warnings in the log", async () => {
    expect(await host.log()).not.toMatch(/clawtask: (?!registry |listening )/);
  });
});
