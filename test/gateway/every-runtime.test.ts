import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRow } from "../../registry-helper/internal.ts";
import { type Asking, askInBatches } from "./support/ask-in-batches.ts";
import { type AgentRun, cliSessionKey, runAgent } from "./support/cli-run.ts";
import { addCronJob, type CronJobToAdd, cronJobs, runCronJob } from "./support/cron-jobs.ts";
import { execInBackground, execThatYields, generateMedia, spawnAcp } from "./support/detached-calls.ts";
import type { FakeTelegram } from "./support/fake-telegram.ts";
import {
  type CancelAnswer,
  cancelHostTask,
  hostTasks,
  hostTaskThat,
  type HostTaskRow,
  hasEnded,
} from "./support/host-ledger.ts";
import { isDeliveryResolved, ledgerTasks } from "./support/ledger-view.ts";
import { type Host, OWNER_ID } from "./support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "./support/scripted-model.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const START_MS = 600_000;
/** For each step: a machine may have other things to do. */
const STEP_MS = 240_000;
const TOPIC_ID = 77;
/** Longer than any test. */
const FOR_EVER_MS = 600_000;

/**
 * What the agent does for `do <name>`; every name stands in the label or the task of the row. They are asked for four at
 * a time, one ACP session among them: a busy machine fails to start several at once.
 */
const CALLS = {
  "exec-good": execInBackground({ command: ": exec-good; sleep 1" }),
  "exec-bad": execInBackground({ command: ": exec-bad; sleep 1; exit 3" }),
  "exec-slow": execInBackground({ command: ": exec-slow; sleep 600", timeoutSeconds: 10 }),
  "acp-good": spawnAcp({ label: "acp-good", script: { sleepMs: 300, done: "from afar" } }),
  "exec-cancelled": execInBackground({ command: ": exec-cancelled; sleep 600" }),
  "exec-yields": execThatYields({ command: ": exec-yields; sleep 2", yieldMs: 100 }),
  "image-good": generateMedia({ kind: "image", about: "image-good", script: { sleepMs: 500 } }),
  "acp-bad": spawnAcp({ label: "acp-bad", script: { fail: "broken" } }),
  "image-bad": generateMedia({ kind: "image", about: "image-bad", script: { fail: "no paint" } }),
  "video-good": generateMedia({ kind: "video", about: "video-good" }),
  "music-good": generateMedia({ kind: "music", about: "music-good" }),
  "acp-slow": spawnAcp({ label: "acp-slow", script: { sleepMs: FOR_EVER_MS }, runTimeoutSeconds: 5 }),
  "acp-cancelled": spawnAcp({ label: "acp-cancelled", script: { sleepMs: FOR_EVER_MS } }),
} as const;
/** A picture that is made when a test says so. */
const HELD = "image-held";
type Case = keyof typeof CALLS | typeof HELD;
const NAMES = [...Object.keys(CALLS), HELD] as Case[];
const getChat = (name: Case): number => -5001 - NAMES.indexOf(name);

/** Jobs that run when a test says so. */
const JOBS: readonly CronJobToAdd[] = [
  { name: "cron-good", payload: { message: "hello" }, deliverTo: { channel: "telegram", to: OWNER_ID } },
  { name: "cron-bad", payload: { message: "model error" } },
  { name: "cron-slow", payload: { message: "think for ever" }, timeoutSeconds: 2 },
  { name: "cron-cancelled", payload: { message: "think for ever" } },
  { name: "command-good", payload: { command: "echo out" } },
  { name: "command-bad", payload: { command: "echo out; exit 3" } },
  { name: "command-slow", payload: { command: "sleep 600" }, timeoutSeconds: 1 },
  { name: "reminder-good", payload: { systemEvent: "remember the milk" } },
];
/** A job that runs by itself, once. */
const ONCE: CronJobToAdd = { name: "cron-once", payload: { message: "hello" }, at: "1s" };

const PATTERN = /\b(plugin|exec|acp|image|video|music|cli|cron|command|reminder)-\w+/;
/** The name of the case that a row belongs to; the host's own jobs have none. */
const getName = ({ label, task }: HostTaskRow): string | undefined => PATTERN.exec(`${label} ${task}`)?.[0];

/** What ClawTask calls each piece of work, how it should end, and what becomes of its result. */
const EXPECTED: Readonly<Record<string, string>> = {
  "exec-good": "exec succeeded none",
  "exec-bad": "exec failed none",
  "exec-slow": "exec timed_out none",
  "exec-cancelled": "exec cancelled none",
  "exec-yields": "exec succeeded none",
  "acp-good": "acp succeeded delivered",
  "acp-bad": "acp failed delivered",
  "acp-slow": "acp timed_out delivered",
  "acp-cancelled": "acp cancelled none",
  "image-good": "media succeeded delivered",
  "image-bad": "media failed delivered",
  "image-held": "media succeeded delivered",
  "video-good": "media succeeded delivered",
  "music-good": "media succeeded delivered",
  "cli-good": "cli succeeded none",
  "cli-bad": "cli failed none",
  "cli-slow": "cli timed_out none",
  "cli-cancelled": "cli cancelled none",
  "cron-good": "cron succeeded delivered",
  "cron-bad": "cron failed none",
  "cron-slow": "cron timed_out none",
  "cron-cancelled": "cron cancelled none",
  "cron-once": "cron succeeded none",
  "command-good": "cron succeeded none",
  "command-bad": "cron failed none",
  "reminder-good": "cron succeeded none",
  "plugin-good": "subagent succeeded delivered",
};

describe("every kind of detached work", () => {
  let stage: Stage;
  let telegram: FakeTelegram;
  let host: Host;
  let heldFile: string;
  let rows: HostTaskRow[];
  let runs: Record<string, AgentRun>;
  const cancels: Record<string, CancelAnswer> = {};
  const toolTexts: Record<string, string[]> = {};
  const receivedAt: Record<string, number> = {};

  function respond(request: ModelRequest): ModelReply {
    if (request.turn === "media") return { text: `here it is: ${PATTERN.exec(request.prompt)?.[0]}` };
    if (request.turn === "announce") return { text: `announced: ${request.childResult}` };
    if (request.turn === "heartbeat") return { text: "NO_REPLY" };
    if (/^(model error|cli-bad)$/.test(request.prompt)) return { error: { status: 400, message: "no" } };
    if (/^(think for ever|cli-(slow|cancelled))$/.test(request.prompt)) return { text: "late", delayMs: FOR_EVER_MS };
    const name = /^do (\S+)$/.exec(request.prompt)?.[1] as Case | undefined;
    if (name === undefined) return { text: "hello yourself" };
    receivedAt[name] = request.at;
    if (request.toolResults.length > 0) {
      (toolTexts[name] ??= []).push(request.toolResults[0]?.text ?? "");
      return { text: `started ${name}` };
    }
    if (name === HELD) return generateMedia({ kind: "image", about: HELD, script: { waitFor: heldFile } });
    return CALLS[name];
  }

  const ask = (name: string): void =>
    void telegram.say({ chatId: getChat(name as Case), threadId: TOPIC_ID, from: OWNER_ID, text: `do ${name}` });
  const named = async (): Promise<HostTaskRow[]> => (await hostTasks(host)).filter((one) => getName(one) !== undefined);
  const askFor = (names: readonly Case[], otherwise: Partial<Asking> = {}): Promise<void> =>
    askInBatches(names, {
      ask,
      receivedAt: (name) => receivedAt[name],
      hasStarted: (name) => toolTexts[name] !== undefined,
      listStartedByHost: async () => new Set((await named()).map((one) => getName(one) ?? "")),
      deadlineMs: STEP_MS,
      ...otherwise,
    });
  const none = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set());
  const row = (name: string): HostTaskRow => {
    const found = rows.filter((one) => getName(one) === name);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} rows ${name}, not one`);
    return found[0];
  };
  const cancel = async (name: string): Promise<void> => {
    const running = await hostTaskThat(host, {
      what: `${name} is running`,
      is: (one) => getName(one) === name && one.status === "running",
      deadlineMs: STEP_MS,
    });
    cancels[name] = await cancelHostTask(host, running.taskId);
  };
  const startJob = async (job: CronJobToAdd): Promise<void> => {
    const { id } = await addCronJob(host, job);
    if (job.at === undefined) await runCronJob(host, id);
  };
  /** Jobs come first: one of the main session waits until the person's own requests are answered. */
  const startAll = async (): Promise<void> => {
    for (const job of [...JOBS, ONCE]) await startJob(job);
    const inTerminal = ["cli-good", "cli-bad", "cli-slow", "cli-cancelled"].map(async (session) => {
      const limit = session === "cli-slow" ? { timeoutSeconds: 5 } : {};
      return [session, await runAgent(host, { message: session, session, ...limit })] as const;
    });
    const ofPlugin = { sessionKey: "agent:main:plugin-work", message: "plugin-good" };
    const call = ["gateway", "call", "scripted.run", "--params", JSON.stringify(ofPlugin), "--json"];
    // The same words twice are one run.
    await host.cliOrThrow(call).catch(() => host.cliOrThrow(call));
    await askFor(NAMES);
    for (const name of ["exec-cancelled", "acp-cancelled", "cli-cancelled", "cron-cancelled", HELD]) await cancel(name);
    runs = Object.fromEntries(await Promise.all(inTerminal));
  };
  const askAgainForHeld = async (): Promise<void> => {
    const before = toolTexts[HELD]?.length ?? 0;
    await askFor([HELD], { hasStarted: () => (toolTexts[HELD]?.length ?? 0) > before, listStartedByHost: none });
    // A picture that is ready while the conversation is in a turn waits for minutes to be handed over.
    const countMessages = (): number =>
      telegram.sent.filter(({ chatId, text }) => chatId === String(getChat(HELD)) && text === `started ${HELD}`).length;
    await until(() => countMessages() >= 2, {
      what: "the end of the second turn about the picture",
      deadlineMs: STEP_MS,
    });
    await writeFile(heldFile, "");
  };
  /** What differs from one row each, all over. */
  const unfinished = (expected: readonly string[]): string => {
    const count = (name: string): number => rows.filter((one) => getName(one) === name).length;
    const open = rows.filter((one) => !hasEnded(one)).map((one) => `${getName(one)} ${one.status}`);
    return [
      `missing: ${expected.filter((name) => count(name) === 0).join(", ")}`,
      `several: ${expected.filter((name) => count(name) > 1).join(", ")}`,
      `not over: ${open.join(", ")}`,
    ].join("\n");
  };

  beforeAll(async () => {
    stage = await startStage({ respond, runtimes: true });
    ({ telegram, host } = stage);
    heldFile = join(host.workspaceDir, "make-the-picture");
    await startAll();
    await askAgainForHeld();
    const expected = [...Object.keys(EXPECTED), "command-slow"];
    await until(
      async () => {
        rows = await named();
        return rows.length === expected.length && rows.every(hasEnded);
      },
      {
        what: `${expected.length} rows, all over`,
        deadlineMs: STEP_MS,
        everyMs: 300,
        explain: () => unfinished(expected),
      },
    );
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("has one host row with the expected kind and status", () => {
    const table = Object.fromEntries(
      rows.map((one) => [getName(one), [one.runtime, one.taskKind ?? "", one.status].filter(Boolean).join(" ")]),
    );
    expect(table).toEqual({
      "exec-good": "cli exec succeeded",
      "exec-bad": "cli exec failed",
      "exec-slow": "cli exec timed_out",
      "exec-cancelled": "cli exec cancelled",
      "exec-yields": "cli exec succeeded",
      "acp-good": "acp succeeded",
      "acp-bad": "acp failed",
      "acp-slow": "acp timed_out",
      "acp-cancelled": "acp cancelled",
      "image-good": "cli image_generation succeeded",
      "image-bad": "cli image_generation failed",
      "image-held": "cli image_generation succeeded",
      "video-good": "cli video_generation succeeded",
      "music-good": "cli music_generation succeeded",
      "cli-good": "cli succeeded",
      "cli-bad": "cli failed",
      "cli-slow": "cli timed_out",
      "cli-cancelled": "cli cancelled",
      "cron-good": "cron automation_run succeeded",
      "cron-bad": "cron automation_run failed",
      "cron-slow": "cron automation_run timed_out",
      "cron-cancelled": "cron automation_run cancelled",
      "cron-once": "cron automation_run succeeded",
      "command-good": "cron automation_run succeeded",
      "command-bad": "cron automation_run failed",
      // The host says one or the other, as its own timer or the end of the shell comes first.
      "command-slow": expect.stringMatching(/^cron automation_run (timed_out|failed)$/) as string,
      "reminder-good": "cron automation_run succeeded",
      "plugin-good": "subagent succeeded",
    });
  });

  it("has one ledger task with the expected runtime, status and delivery, and nothing else has one", async () => {
    const summary = (): Record<string, string> => {
      const table: Record<string, string> = {};
      for (const task of ledgerTasks(host)) {
        const name = PATTERN.exec(`${task.label} ${task.task}`)?.[0] ?? `? ${task.taskId} ${task.label} ${task.task}`;
        const line = `${task.runtime} ${task.status} ${task.delivery?.state}`;
        table[name] = table[name] === undefined ? line : `${table[name]}, ${line}`;
      }
      return table;
    };
    await until(() => ledgerTasks(host).every(isDeliveryResolved), {
      what: "every delivery settled",
      deadlineMs: STEP_MS,
      explain: () =>
        JSON.stringify(
          ledgerTasks(host).filter((task) => !isDeliveryResolved(task)),
          null,
          1,
        ),
    });
    expect(summary()).toEqual({ ...EXPECTED, "command-slow": `cron ${row("command-slow").status} none` });
  });

  it("records the request, the result, the requester and the route of each task", () => {
    const task = (name: string): TaskRow => {
      const found = ledgerTasks(host).find((one) => PATTERN.exec(`${one.label} ${one.task}`)?.[0] === name);
      if (found === undefined) throw new Error(`no task ${name}`);
      return found;
    };
    expect(task("exec-bad")).toMatchObject({
      task: ": exec-bad; sleep 1; exit 3",
      error: "Command failed (exit code 3)",
    });
    expect(task("exec-bad").route).toMatchObject({ channel: "telegram", threadId: TOPIC_ID });
    expect(task("acp-good")).toMatchObject({ result: "from afar", label: "acp-good" });
    expect(task("acp-bad").errorSummary).toContain("broken");
    expect(task("cli-good")).toMatchObject({
      task: "cli-good",
      result: "hello yourself",
      requesterSessionKey: cliSessionKey("cli-good"),
    });
    expect(task("cron-good").route).toMatchObject({ channel: "telegram", to: OWNER_ID });
    expect(task("command-bad")).toMatchObject({ errorSummary: "command exited with code 3" });
    expect(task("image-bad").errorSummary).toBe("no paint");
    for (const name of Object.keys(EXPECTED)) {
      expect(task(name).host, name).toMatchObject({ taskId: row(name).taskId });
      expect(task(name).startedAt, name).not.toBeNull();
    }
  });

  it("causes no plugin warnings in the log", async () => {
    expect(await host.log()).not.toMatch(/clawtask: (?!registry |listening )/);
  });

  it("names the command, its session and its exit code in the row of a background command", () => {
    const owner = `agent:main:telegram:group:${getChat("exec-bad")}:topic:${TOPIC_ID}`;
    const bad = row("exec-bad");
    expect(bad).toMatchObject({ ownerKey: owner, task: ": exec-bad; sleep 1; exit 3", detail: { exitCode: 3 } });
    expect(bad.runId).toBe(`exec:${bad.sourceId}`);
    expect(toolTexts["exec-bad"]?.[0]).toContain(`Command still running (session ${bad.sourceId}`);
    expect(row("exec-slow")).toMatchObject({ error: "Command timed out", detail: { failureKind: "overall-timeout" } });
    expect(row("exec-cancelled")).toMatchObject({ error: "Cancelled by operator", detail: { exitSignal: "SIGTERM" } });
  });

  it("keeps the result or the error text in the row of an ACP session", () => {
    expect(row("acp-good")).toMatchObject({
      agentId: "fake",
      progressSummary: "from afar",
      deliveryStatus: "delivered",
    });
    expect(row("acp-good").childSessionKey).toMatch(/^agent:fake:acp:/);
    expect(row("acp-bad").error).toBe("AcpRuntimeError [ACP_TURN_FAILED]: broken");
    expect(row("acp-slow").error).toBe("AcpRuntimeError [ACP_TURN_FAILED]: ACP turn timed out after 5s.");
    expect(row("acp-cancelled").error).toBe("Cancelled by operator.");
  });

  it("ends the row of a media job when the file has been delivered", () => {
    for (const name of ["image-good", "video-good", "music-good", HELD] as const) {
      const arrived = telegram.sent.filter((one) => one.chatId === String(getChat(name)) && one.files.length > 0);
      expect(arrived, name).toMatchObject([{ threadId: TOPIC_ID, text: `here it is: ${name}` }]);
      expect(row(name).endedAt, name).toBeGreaterThanOrEqual(arrived[0]?.at ?? Infinity);
      expect(row(name).terminalOutcome, name).toBeUndefined();
    }
    expect(row("image-bad")).toMatchObject({ error: "no paint", terminalSummary: "no paint" });
  });

  it("answers a repeated media request with the first job, which cannot be cancelled", () => {
    expect(toolTexts[HELD]?.at(-1)).toContain(`${row(HELD).taskId} is already running`);
    expect(cancels[HELD]).toMatchObject({
      cancelled: false,
      text: expect.stringContaining("no live run owner") as string,
    });
  });

  it("reports the same status from a terminal run and its row", () => {
    expect(runs["cli-good"]).toMatchObject({ exitCode: 0, status: "ok", text: "hello yourself" });
    expect(runs["cli-bad"]).toMatchObject({ exitCode: 1, status: "error" });
    // A run that is cut off while the host still prepares it is an error to its caller, and timed out in its row.
    expect(["timeout", "error"]).toContain(runs["cli-slow"]?.status);
    expect(runs["cli-cancelled"]).toMatchObject({ exitCode: 1, status: "timeout" });
    for (const [name, run] of Object.entries(runs))
      expect(row(name), name).toMatchObject({ runId: run.runId, ownerKey: cliSessionKey(name), task: name });
  });

  it("names the job in the row of a scheduled job, without an owner", async () => {
    for (const { name } of [...JOBS, ONCE])
      expect(row(name), name).toMatchObject({ label: name, ownerKey: "", scopeKind: "system" });
    expect(row("cron-good").detail).toMatchObject({ delivered: true, deliveryStatus: "delivered" });
    expect(row("command-bad")).toMatchObject({ error: "command exited with code 3", terminalSummary: "out" });
    expect(row("reminder-good").terminalSummary).toBe("remember the milk");
    const left = (await cronJobs(host)).map((job) => job.name);
    expect(left).toContain("cron-good");
    expect(left).not.toContain("cron-once");
  });

  it("can be cancelled by an operator, except for media", () => {
    const said = Object.fromEntries(Object.entries(cancels).map(([name, answer]) => [name, answer.cancelled]));
    expect(said).toEqual({
      "exec-cancelled": true,
      "acp-cancelled": true,
      "cli-cancelled": true,
      "cron-cancelled": true,
      [HELD]: false,
    });
  });

  it("has rows that can be read while the gateway is down", async () => {
    await host.kill9();
    const ids = (of: readonly HostTaskRow[]): string[] => of.map((one) => one.taskId).sort();
    const now = (await hostTasks(host)).filter((one) => getName(one) !== undefined);
    expect(ids(now)).toEqual(ids(rows));
    expect(await hostTasks(host, { runtime: "acp", status: "timed_out" })).toHaveLength(1);
  });
});
