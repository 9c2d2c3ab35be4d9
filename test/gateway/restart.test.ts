import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRow } from "../../registry-helper/index.ts";
import { type FakeTelegram, startFakeTelegram } from "./support/fake-telegram.ts";
import { hostTasks, isDeliverySettled, ledgerTasks, state, taskThat } from "./support/ledger-view.ts";
import { type Host, OWNER_ID, startHost } from "./support/openclaw-host.ts";
import { packPlugin } from "./support/pack.ts";
import {
  type ModelReply,
  type ModelRequest,
  type ScriptedModel,
  startScriptedModel,
} from "./support/scripted-model.ts";
import { until } from "./support/until.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 120_000;
/** After a kill, the host announces what was interrupted about 20 s after its start. */
const STEP_MS = 60_000;
const GROUP = { drained: -3001, killed1: -3002, killed2: -3003 };
type Case = keyof typeof GROUP;
const TOPIC_ID = 77;

/** Children answer when the test says so. */
const finish = new Map<string, () => void>();

async function respond(request: ModelRequest): Promise<ModelReply> {
  if (request.isSubagent) {
    const label = /work on (\w+)/.exec(request.prompt)?.[1] ?? "";
    await new Promise<void>((resolve) => finish.set(label, resolve));
    return { text: `result of ${label}` };
  }
  if (request.childResult !== undefined) return { text: `announced: ${request.childResult}` };
  const label = /^do (\w+)$/.exec(request.prompt)?.[1];
  if (label === undefined) return { text: "NO_REPLY" };
  if (request.toolResults.length > 0) return { text: `started ${label}` };
  return { toolCalls: [{ name: "sessions_spawn", args: { task: `work on ${label}`, label } }] };
}

describe("work that is under way when the gateway goes", () => {
  let tarball: string;
  let telegram: FakeTelegram;
  let model: ScriptedModel;
  let host: Host;

  const said = (of: Case): string[] =>
    telegram.sent.filter((one) => one.chatId === String(GROUP[of])).map((one) => one.text);
  const atWork = async (...labels: Case[]): Promise<void> => {
    for (const label of labels)
      telegram.say({ chatId: GROUP[label], threadId: TOPIC_ID, from: OWNER_ID, text: `do ${label}` });
    for (const label of labels) {
      await until(() => said(label).length > 0 && finish.has(label), {
        deadlineMs: STEP_MS,
        what: `the child ${label} to be at work`,
        explain: () => state(host, telegram),
      });
      await taskThat(host, telegram, label, {
        what: "to be running",
        is: (task) => task.status === "running",
        deadlineMs: STEP_MS,
      });
    }
  };
  const settled = (label: Case): Promise<TaskRow> =>
    taskThat(host, telegram, label, { what: "to be over and told", is: isDeliverySettled, deadlineMs: STEP_MS });

  beforeAll(async () => {
    tarball = await packPlugin(PACKAGE);
    telegram = await startFakeTelegram();
    model = await startScriptedModel({ respond });
    host = await startHost({ model, telegram, plugin: { id: "clawtask", tarball } });
  }, START_MS);

  afterAll(async () => {
    await host?.dispose();
    await telegram?.close();
    await model?.close();
    if (tarball) await rm(dirname(tarball), { recursive: true });
  }, START_MS);

  it("on a polite stop: the child ends well, and its result is told once, after the start", async () => {
    await atWork("drained");
    const stopping = host.stop();
    finish.get("drained")?.();
    await stopping;
    const atStop = ledgerTasks(host)[0];
    expect(atStop).toMatchObject({ status: "succeeded", result: "result of drained", delivery: { state: "pending" } });
    await host.restart();

    const task = await settled("drained");
    expect({ ...task, delivery: null }).toEqual({ ...atStop, updatedAt: task.updatedAt, delivery: null });
    expect(task.delivery).toMatchObject({ state: "delivered", sender: "host", tries: 0 });
    expect(said("drained")).toEqual(["started drained", "announced: result of drained"]);
  });

  it("on a kill: each is one failed task, as the host says, and the person hears of each once", async () => {
    await atWork("killed1", "killed2");
    await host.kill9();
    await host.restart();
    await Promise.all([settled("killed1"), settled("killed2")]);
    const why = (label: Case): Promise<TaskRow> =>
      taskThat(host, telegram, label, {
        what: "to say why it failed",
        is: (task) => task.error !== null,
        deadlineMs: STEP_MS,
      });
    const tasks = await Promise.all([why("killed1"), why("killed2")]);

    const rows = await hostTasks(host);
    for (const task of tasks) {
      expect(task).toMatchObject({ status: "failed", lateSignals: 0 });
      expect(task.error).toContain("interrupted by a Gateway restart");
      expect(rows.filter((row) => row.label === task.label).map((row) => row.status)).toEqual([task.status]);
    }
    for (const label of ["killed1", "killed2"] as const) {
      expect(said(label)).toEqual([`started ${label}`, expect.stringContaining("announced: ") as string]);
    }
    expect(ledgerTasks(host)).toHaveLength(3);
    expect(said("drained")).toHaveLength(2);
  });
});
