import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  listRuns,
  listTasks,
  loadRun,
  openRegistry,
  type RunRow,
  type TaskRow,
  verifyRun,
  withIndex,
} from "../../registry-helper/internal.ts";
import { finalText, progressText, scriptedAgent, startedText } from "./scenario/scripted-agent.ts";
import { runCommand } from "./support/cli.ts";
import type { FakeTelegram } from "./support/fake-telegram.ts";
import { type Host, OWNER_ID } from "./support/openclaw-host.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const GROUP_ID = -100123;
const TOPIC_ID = 77;
const START_MS = 360_000;
const RUN_MS = 240_000;

describe("a workflow run on a real gateway", () => {
  let stage: Stage;
  let telegram: FakeTelegram;
  let host: Host;

  const root = (): string => join(host.workspaceDir, "clawtask");
  const tasks = (): TaskRow[] =>
    withIndex(openRegistry({ root: root() }), (database) => listTasks(database, { limit: 100 }));
  const runs = (): RunRow[] =>
    withIndex(openRegistry({ root: root() }), (database) => listRuns(database, { limit: 100 }));
  const listTexts = (chatId: number, threadId?: number): string[] =>
    telegram.sent.filter((one) => one.chatId === String(chatId) && one.threadId === threadId).map((one) => one.text);
  const delivered = (runId: string): Promise<RunRow> =>
    until(() => runs().find((run) => run.runId === runId && run.delivery?.state === "delivered"), {
      deadlineMs: RUN_MS,
      what: `run ${runId} to be delivered`,
      explain: () => JSON.stringify({ runs: runs(), tasks: tasks(), sent: telegram.sent }, null, 1),
    });

  beforeAll(async () => {
    stage = await startStage({ respond: scriptedAgent, install: true });
    ({ telegram, host } = stage);
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("loads the plugin and its skill without diagnostics", async () => {
    expect(await host.cliJson(["plugins", "inspect", "clawtask", "--runtime"])).toMatchObject({
      plugin: { status: "loaded" },
      diagnostics: [],
    });

    const skills = await host.cli(["skills", "info", "clawtask"]);
    expect(skills.stdout).toContain("clawtask");
    expect(skills.code).toBe(0);
  });

  it("completes a request from a forum topic as a run with two subagent tasks and one final message", async () => {
    telegram.say({
      chatId: GROUP_ID,
      threadId: TOPIC_ID,
      from: OWNER_ID,
      text: "Please write a report on Lisbon as run lisbon-1",
    });
    const run = await delivered("lisbon-1");

    expect(run).toMatchObject({ status: "completed", done: 4, total: 4 });
    expect(run.delivery?.receipt).toContain("told by the agent");
    await until(() => tasks().every((task) => task.delivery?.state === "delivered"), {
      deadlineMs: 60_000,
      what: "both results to be confirmed",
    });
    expect(
      // Both may be made in the same millisecond: either comes first.
      [...tasks()]
        .sort((one, other) => (one.label ?? "").localeCompare(other.label ?? ""))
        .map((task) => ({
          runtime: task.runtime,
          status: task.status,
          label: task.label,
          node: task.link?.nodeId,
          tries: task.delivery?.tries,
        })),
    ).toEqual([
      { runtime: "subagent", status: "succeeded", label: "lisbon-1/check-facts", node: "check-facts", tries: 0 },
      { runtime: "subagent", status: "succeeded", label: "lisbon-1/check-style", node: "check-style", tries: 0 },
    ]);
    expect(tasks()[0]?.route).toMatchObject({
      channel: "telegram",
      to: `telegram:${GROUP_ID}:topic:${TOPIC_ID}`,
      threadId: TOPIC_ID,
    });
    expect(tasks()[0]?.result).toContain("no objections");
    expect(listTexts(GROUP_ID, TOPIC_ID)).toEqual([
      startedText("lisbon-1"),
      progressText("lisbon-1"),
      finalText("lisbon-1"),
    ]);
    expect(telegram.sent).toHaveLength(3);
  });

  it("leaves files that agree with the journal, and a run that validates", async () => {
    const registry = openRegistry({ root: root() });
    expect(verifyRun(registry, "lisbon-1")).toMatchObject({ ok: true, foreign: false });
    expect(loadRun(registry, "lisbon-1").run.state).toMatchObject({
      deliveryContext: { channel: "telegram", to: `telegram:${GROUP_ID}:topic:${TOPIC_ID}` },
      sourceSessionKey: `agent:main:telegram:group:${GROUP_ID}:topic:${TOPIC_ID}`,
    });
    const validated = await runCommand(
      process.execPath,
      [join(PACKAGE, "dist/clawtask.cjs"), "validate", "lisbon-1"],
      host.env,
    );
    expect(JSON.parse(validated.stdout)).toMatchObject({ ok: true, issues: [] });
  });

  it("delivers the outcome itself when the host replaces the agent's message with the child's", async () => {
    const before = telegram.sent.length;
    telegram.say({ chatId: OWNER_ID, from: OWNER_ID, text: "Please write a report on Porto as run porto-1" });
    const run = await delivered("porto-1");

    const texts = listTexts(Number(OWNER_ID));
    const notice = texts.filter((text) => text.startsWith("✅ Report on a city is done."));
    expect(notice).toEqual([`✅ Report on a city is done.\n\n${finalText("porto-1")}`]);
    expect(run.delivery).toMatchObject({ sender: "clawtask", tries: 1, generation: 1 });
    expect(texts.filter((text) => text.includes(finalText("porto-1")))).toHaveLength(1);
    expect(telegram.sent.length - before).toBe(texts.length);
  });

  it("logs no plugin problems in the gateway", async () => {
    expect(await host.log()).not.toMatch(/clawtask: (ledger worker|delivery of|subagent_|lifecycle)/);
  });
});
