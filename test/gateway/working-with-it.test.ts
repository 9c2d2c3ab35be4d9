import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listTasks, openRegistry, type TaskRow, withIndex } from "../../registry-helper/internal.ts";
import { runCommand } from "./support/cli.ts";
import { type Host, OWNER_ID } from "./support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "./support/scripted-model.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const GROUP_ID = -100123;
const TOPIC_ID = 77;
const OTHER_TOPIC_ID = 7;
const START_MS = 360_000;
const WAIT_MS = 90_000;

/** What the agents' tool calls were answered with, in order. */
const toolAnswers: { name: string; document: Record<string, unknown> }[] = [];

/** `do <label>` spawns a child; the child reports on itself and then works until it is stopped. */
async function reportingChildren(request: ModelRequest): Promise<ModelReply> {
  const last = request.toolResults.at(-1);
  if (last?.name.startsWith("clawtask_") === true)
    toolAnswers.push({ name: last.name, document: JSON.parse(last.text) as Record<string, unknown> });
  if (request.isSubagent) {
    if (last !== undefined) return await new Promise<never>(() => undefined);
    const args = { phase: "testing", update: "12 of 40 tests pass", artifacts: ["out/report.html"] };
    return { toolCalls: [{ name: "clawtask_report", args }] };
  }
  const label = /^do (\w+)$/.exec(request.prompt)?.[1];
  const imageName = /^look at (\S+)$/.exec(request.prompt)?.[1];
  if (request.turn !== "prompt" || (label ?? imageName) === undefined) return { text: "NO_REPLY" };
  if (last !== undefined) return { text: label === undefined ? "looked" : `started ${label}` };
  return imageName === undefined
    ? { toolCalls: [{ name: "sessions_spawn", args: { task: `work on ${label}`, label } }] }
    : { toolCalls: [{ name: "clawtask_tasks", args: imageName === "all" ? {} : { ref: imageName } }] };
}

function isAbout(document: Record<string, unknown>, label: string): boolean {
  return (document["task"] as { what?: string } | undefined)?.what === label;
}

interface Check {
  check: string;
  ok: boolean;
  found: string;
  fix?: string;
}

describe("the ledger through a real gateway", () => {
  let stage: Stage;
  let host: Host;

  const tasks = (): TaskRow[] =>
    withIndex(openRegistry({ root: join(host.workspaceDir, "clawtask") }), (database) =>
      listTasks(database, { limit: 100 }),
    );
  const task = (label: string): TaskRow | undefined => tasks().find((one) => one.label === label);
  const shortId = (label: string): string => task(label)?.taskId.split("-").at(-1) ?? "";

  /** Says something in a topic and waits for the answer that has these words. */
  const answerTo = async (text: string, words: string, threadId = TOPIC_ID): Promise<string> => {
    const before = stage.telegram.sent.length;
    stage.telegram.say({ chatId: GROUP_ID, threadId, from: OWNER_ID, text });
    const answer = await until(
      () => stage.telegram.sent.slice(before).find((one) => one.threadId === threadId && one.text.includes(words)),
      {
        deadlineMs: WAIT_MS,
        what: `an answer with "${words}" to "${text}"`,
        explain: () => JSON.stringify(stage.telegram.sent.slice(before)),
      },
    );
    return answer.text;
  };
  const startChild = async (label: string): Promise<void> => {
    await answerTo(`do ${label}`, `started ${label}`);
    const isAnswered = (): boolean => toolAnswers.some(({ document }) => isAbout(document, label));
    await until(() => isAnswered() && task(label)?.phase === "testing", {
      deadlineMs: WAIT_MS,
      what: `the report of ${label}`,
      explain: () => JSON.stringify({ tasks: tasks(), toolAnswers }),
    });
  };
  const call = async (method: string, params: object): Promise<Record<string, unknown>> => {
    const { stdout } = await host.cli(["gateway", "call", method, "--params", JSON.stringify(params), "--json"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const doctor = async (): Promise<{ code: number; checks: Check[] }> => {
    const { code, stdout } = await runCommand(
      process.execPath,
      [join(PACKAGE, "dist/clawtask.cjs"), "doctor", "--json"],
      host.env,
    );
    return { code, checks: (JSON.parse(stdout) as { checks: Check[] }).checks };
  };

  beforeAll(async () => {
    stage = await startStage(reportingChildren);
    ({ host } = stage);
    await startChild("alpha");
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("records a child's report on its own task without a task id", () => {
    expect(toolAnswers).toContainEqual({
      name: "clawtask_report",
      document: expect.objectContaining({ ok: true, task: expect.objectContaining({ phase: "testing" }) }),
    });
    expect(task("alpha")).toMatchObject({
      status: "running",
      phase: "testing",
      isReported: true,
      latestUpdate: "12 of 40 tests pass",
      artifacts: ["out/report.html"],
    });
  });

  it("answers /tasks in the topic while the child runs, without calling the model", async () => {
    const asked = stage.model.requests.length;
    const list = await answerTo("/tasks", "Tasks of this conversation");

    expect(list).toContain("1 active, 0 ended");
    expect(list).toContain(`▶️ alpha (${shortId("alpha")}): testing`);
    expect(list).toContain("/tasks show ID");
    expect(await answerTo(`/tasks show ${shortId("alpha")}`, "▶️ alpha")).toContain("Latest: 12 of 40 tests pass");
    expect(await answerTo("/jobs", "Tasks of this conversation")).toContain("alpha");
    expect(stage.model.requests.length).toBe(asked);
    // In Telegram's own menu `/tasks` is the host's, and ours has a name of its own.
    const menu = stage.telegram.calls.filter(({ method }) => method === "setMyCommands");
    expect(JSON.stringify(menu)).toContain("jobs");
  });

  it("hides the task from another topic, and shows everything to the owner on request", async () => {
    expect(await answerTo("/tasks", "No tasks", OTHER_TOPIC_ID)).toContain("/tasks all");
    expect(await answerTo("/tasks all", "1 active", OTHER_TOPIC_ID)).toContain("alpha");
  });

  it("shows the conversation's agent its tasks", async () => {
    await answerTo(`look at ${task("alpha")?.taskId ?? ""}`, "looked");
    expect(toolAnswers.at(-1)).toMatchObject({
      name: "clawtask_tasks",
      document: { ok: true, task: { what: "alpha", status: "running", artifacts: ["out/report.html"] } },
    });
  });

  it("answers gateway method calls and the openclaw clawtask command", async () => {
    const [list, shown, missing, status, cli] = await Promise.all([
      call("clawtask.tasks.list", { limit: 5, status: "running" }),
      call("clawtask.tasks.show", { ref: task("alpha")?.taskId }),
      call("clawtask.tasks.show", { ref: "no-such-task" }),
      call("clawtask.status", {}),
      host.cli(["clawtask", "tasks", "list", "--limit", "5", "--json"]),
    ]);

    expect(list).toMatchObject({ ok: true, tasks: [{ label: "alpha", view: { phase: "testing" } }] });
    expect(shown).toMatchObject({ ok: true, task: { label: "alpha", artifacts: ["out/report.html"] } });
    expect(missing).toMatchObject({
      ok: false,
      error: { code: "task_not_found", message: "task not found: no-such-task", details: { next: expect.any(String) } },
    });
    expect(status).toMatchObject({ ok: true, gateway: { connection: { connected: true }, sends: true } });
    expect(cli.code).toBe(0);
    expect(JSON.parse(cli.stdout)).toMatchObject({ ok: true, tasks: [{ label: "alpha" }] });
  });

  it("stops the child on /tasks cancel", async () => {
    expect(await answerTo(`/tasks cancel ${shortId("alpha")}`, shortId("alpha"))).toContain("is stopped");

    expect(task("alpha")).toMatchObject({
      status: "cancelled",
      cancel: { outcome: "accepted", by: "/tasks in telegram" },
    });
    const rows = (await host.cliJson(["tasks", "list"])) as { tasks: { label: string; status: string }[] };
    expect(rows.tasks).toMatchObject([{ label: "alpha", status: "cancelled" }]);
  });

  it("stops the child when a program requests it", async () => {
    await startChild("beta");
    const cancelled = await call("clawtask.tasks.cancel", { ref: shortId("beta"), reason: "not needed" });

    expect(cancelled).toMatchObject({ ok: true, outcome: "ended", status: "cancelled" });
    expect(task("beta")).toMatchObject({ status: "cancelled", cancel: { by: "gateway method" } });
  });

  it("makes clawtask doctor pass while the gateway runs, and fail with a suggested fix when it does not", async () => {
    const well = await doctor();
    expect(well.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(well.code).toBe(0);
    expect(well.checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        "openclaw",
        "plugin enabled",
        "gateway reachable",
        "sees everything",
        "sends results",
        "skill",
      ]),
    );

    await host.stop({ deadlineMs: 10_000 });
    const ill = await doctor();
    expect(ill.code).toBe(1);
    const bad = ill.checks.filter(({ ok }) => !ok);
    expect(bad.map(({ check }) => check)).toEqual(["gateway reachable", "plugin loaded by a running gateway"]);
    expect(bad.map(({ fix }) => fix ?? "").join()).toContain("openclaw gateway");
  });

  it("logs only the registry path and the connection state in the gateway", async () => {
    const lines = (await host.log())
      .split("\n")
      .filter((line) => /clawtask: |"\/(tasks|jobs)" conflicts with/.test(line));
    expect(lines.filter((line) => !/clawtask: (registry \/|(not )?listening to the gateway)/.test(line))).toEqual([]);
  });
});
