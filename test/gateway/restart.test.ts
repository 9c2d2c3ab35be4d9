import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRow } from "../../registry-helper/internal.ts";
import { finish, heldChildren } from "./scenario/held-children.ts";
import type { FakeTelegram } from "./support/fake-telegram.ts";
import { hostTasks, isDeliveryResolved, ledgerTasks, state, taskThat } from "./support/ledger-view.ts";
import { type Host, OWNER_ID } from "./support/openclaw-host.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const START_MS = 360_000;
/** After a kill, the host announces what was interrupted about 20 s after its start. */
const STEP_MS = 180_000;
const GROUP = { drained: -3001, killed1: -3002, killed2: -3003 };
type Case = keyof typeof GROUP;
const TOPIC_ID = 77;

describe("work in progress when the gateway stops", () => {
  let stage: Stage;
  let telegram: FakeTelegram;
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
  const delivered = (label: Case): Promise<TaskRow> =>
    taskThat(host, telegram, label, { what: "to be over and told", is: isDeliveryResolved, deadlineMs: STEP_MS });

  beforeAll(async () => {
    stage = await startStage(heldChildren);
    ({ telegram, host } = stage);
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("ends normally on a graceful stop, and its result is delivered once after the restart", async () => {
    await atWork("drained");
    const stopping = host.stop();
    finish.get("drained")?.();
    await stopping;
    const atStop = ledgerTasks(host)[0];
    expect(atStop).toMatchObject({ status: "succeeded", result: "result of drained", delivery: { state: "pending" } });
    await host.restart();

    const task = await delivered("drained");
    expect({ ...task, delivery: null }).toEqual({ ...atStop, updatedAt: task.updatedAt, delivery: null });
    expect(task.delivery).toMatchObject({ state: "delivered", sender: "host", tries: 0 });
    expect(said("drained")).toEqual(["started drained", "announced: result of drained"]);
  });

  it("becomes one failed task each on a kill, and each failure is announced once", async () => {
    await atWork("killed1", "killed2");
    await host.kill9();
    await host.restart();
    await Promise.all([delivered("killed1"), delivered("killed2")]);
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
