import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  commitRun,
  controlRun,
  inspectRun,
  listTasks,
  loadRun,
  openRegistry,
  readEvents,
  type RunNode,
  type RunState,
  type TaskRow,
  verifyRun,
  withIndex,
} from "../../registry-helper/internal.ts";
import { ENDLESS, finalText, forgetfulAgent, startedText } from "./scenario/forgetful-agent.ts";
import { MEMBER_ID, playVerifiedApproval } from "./scenario/verified-approval.ts";
import { addCronJob, cronJobs } from "./support/cron-jobs.ts";
import { OWNER_ID } from "./support/openclaw-host.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const GROUP_ID = -100123;
const TOPIC_ID = 77;
const START_MS = 360_000;
const STEP_MS = 180_000;
/** The run waits a while for its agent before it judges a child by its files. */
const JUDGED_MS = 180_000;

describe("a run whose agent remembers only what it is woken for", () => {
  let stage: Stage;

  const registry = (): ReturnType<typeof openRegistry> =>
    openRegistry({ root: join(stage.host.workspaceDir, "clawtask") });
  const getState = (runId: string): RunState => loadRun(registry(), runId).run.state;
  const node = (runId: string, nodeId: string): RunNode => {
    const found = getState(runId).nodes.find(({ id }) => id === nodeId);
    if (found === undefined) throw new Error(`no node ${nodeId}`);
    return found;
  };
  const tasks = (): TaskRow[] => withIndex(registry(), (database) => listTasks(database, { limit: 100 }));
  const say = (text: string): void =>
    void stage.telegram.say({ chatId: GROUP_ID, threadId: TOPIC_ID, from: OWNER_ID, text });
  const received = (words: string): string[] =>
    stage.telegram.sent.filter((one) => one.threadId === TOPIC_ID && one.text.includes(words)).map(({ text }) => text);
  const waitFor = async (what: string, is: () => boolean, deadlineMs = STEP_MS): Promise<void> => {
    await until(is, {
      what,
      deadlineMs,
      explain: () =>
        JSON.stringify(
          {
            tasks: tasks().map(({ label, status }) => [label, status]),
            sent: stage.telegram.sent.map(({ text }) => text),
            asked: stage.model.requests.slice(-6).map(({ turn, sessionKey, prompt, messages, toolResults }) => ({
              turn,
              sessionKey,
              prompt: prompt.slice(0, 300),
              last: messages.slice(-4).map(({ role, text }) => `${role}: ${text.slice(-300)}`),
              results: toolResults.map(({ text }) => text.slice(0, 200)),
            })),
          },
          null,
          1,
        ),
    });
  };
  const startRun = async (runId: string): Promise<void> => {
    say(`start run ${runId}`);
    await waitFor(`${runId} to begin`, () => received(startedText(runId)).length === 1);
  };

  beforeAll(async () => {
    // Others of the group may use commands, too.
    const config = { commands: { allowFrom: { telegram: [OWNER_ID, MEMBER_ID] } } };
    stage = await startStage({ respond: forgetfulAgent, config });
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("recognizes the child by its label, ends the attempt when the child fails and starts a second one", async () => {
    await startRun("r-1");
    await waitFor("the second attempt", () => (node("r-1", "check").attempts ?? []).length === 1);
    expect(node("r-1", "check").attempts).toMatchObject([
      { status: "failed", childSessionKey: expect.stringContaining(":subagent:"), observed: { status: "failed" } },
    ]);
    await waitFor("the second child", () => node("r-1", "check").childSessionKey !== null, STEP_MS);
    await waitFor("both to belong to the run", () => tasks().every(({ flowId }) => flowId === "run:r-1"));
    expect(tasks().map(({ label }) => label)).toEqual(["r-1/check", "r-1/check"]);
  });

  it(
    "completes the second attempt from the child's files and sends the question that the agent did not ask",
    async () => {
      await waitFor("the check to be done", () => node("r-1", "check").status === "completed", JUDGED_MS);
      expect(node("r-1", "check")).toMatchObject({
        lastMessage: "two mistakes found",
        evidence: [{ path: "nodes/check/report.md" }],
      });
      await waitFor("the question", () => received("❓").length === 1, JUDGED_MS);
      expect(received("❓")).toEqual([
        "❓ Review of r-1: Publish the review of r-1?\n\nAnswer the agent, or: /run approve r-1 ok · /run reject r-1 ok",
      ]);
    },
    2 * JUDGED_MS,
  );

  it(
    "accepts the answer from the conversation without the model, continues and delivers the outcome once",
    async () => {
      say("/run");
      await waitFor("the list", () => received("(r-1): 1/3").length === 1);
      say("/run approve r-1 but shorter");
      await waitFor("the answer", () => received("ok is completed; run r-1 is running").length === 1);
      expect(node("r-1", "ok").answer).toMatchObject({
        choice: "approve",
        words: "but shorter",
        by: `telegram:${OWNER_ID}`,
      });
      await waitFor("the end to be told", () => getState("r-1").delivery?.state === "delivered", 2 * STEP_MS);
      expect(received(finalText("r-1"))).toHaveLength(1);
      expect(getState("r-1").status).toBe("completed");
      expect(inspectRun(registry(), "r-1")).toMatchObject({ ok: true, issues: [] });
      expect(verifyRun(registry(), "r-1")).toMatchObject({ ok: true });
    },
    4 * STEP_MS,
  );

  it(
    "can be paused, resumed and cancelled from the conversation, which also stops the child",
    async () => {
      await startRun(`${ENDLESS}-2`);
      const runId = `${ENDLESS}-2`;
      await waitFor("the child to be seen", () => node(runId, "check").childSessionKey !== null);
      controlRun(registry(), runId, { action: "send_message", by: "ana", message: "the numbers come tomorrow" });
      const job = await addCronJob(stage.host, { name: "driver", payload: { message: "go on" } });
      commitRun(registry(), runId, { command: { type: "bind", kind: "cron", value: job.id, payload: {} } });
      controlRun(registry(), runId, { action: "patch_cron", by: "ana", patch: { enabled: false } });
      await waitFor("the job to be changed", () => getState(runId).cronPatch?.outcome === "applied");
      expect((await cronJobs(stage.host)).find(({ name }) => name === "driver")).toMatchObject({ enabled: false });
      await waitFor("the message", () => received("✉️").length === 1);
      expect(received("✉️")).toEqual([`✉️ Review of ${runId}: the numbers come tomorrow`]);
      say(`/run pause ${runId}`);
      await waitFor("the pause", () => getState(runId).status === "paused");
      say(`/run resume ${runId}`);
      await waitFor("the resumption", () => getState(runId).status === "running");
      say(`/run cancel ${runId} not needed`);
      await waitFor("the end of the child", () =>
        tasks().some(({ label, status }) => label === `${runId}/check` && status === "cancelled"),
      );
      expect(getState(runId)).toMatchObject({ status: "cancelled" });
      expect(node(runId, "check")).toMatchObject({ status: "failed", reason: "cancelled" });
      const controls = readEvents(registry(), runId).filter(({ event }) => event === "control.recorded");
      const asked = controls.map(({ control, by }) => `${(control as { action: string }).action} ${String(by)}`);
      const inChat = ["pause", "resume", "cancel"].map((action) => `${action} telegram:${OWNER_ID}`);
      expect(asked).toEqual(["send_message ana", "patch_cron ana", ...inChat]);
      await waitFor("the end to be told", () => received("was cancelled").length === 1, 2 * STEP_MS);
    },
    4 * STEP_MS,
  );

  it(
    "opens an approval that wants a verified answer for the person alone, with buttons for the answers",
    async () => {
      const inGroup = { chatId: GROUP_ID, threadId: TOPIC_ID };
      await playVerifiedApproval({
        root: join(stage.host.workspaceDir, "clawtask"),
        runId: "gate",
        channel: "telegram",
        to: `telegram:${GROUP_ID}:topic:${TOPIC_ID}`,
        session: `agent:main:telegram:group:${GROUP_ID}:topic:${TOPIC_ID}`,
        owner: `telegram:${OWNER_ID}`,
        sayAsOwner: say,
        sayAsMember: (text) => void stage.telegram.say({ ...inGroup, from: MEMBER_ID, text }),
        read: () => received(""),
        deadlineMs: STEP_MS,
      });
      const asked = stage.telegram.calls.find(({ params }) => String(params["text"]).includes("/run approve gate ok"));
      const markup = JSON.stringify(asked?.params["reply_markup"] ?? null);
      expect(markup).toContain("/run approve gate ok");
      expect(markup).toContain("/run reject gate ok");
    },
    2 * STEP_MS,
  );

  it("causes no plugin warnings in the log", async () => {
    expect(await stage.host.log()).not.toMatch(/clawtask: (?!registry |listening )/);
  });
});
