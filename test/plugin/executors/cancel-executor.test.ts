import { describe, expect, it } from "vitest";
import { CancelExecutor } from "../../../plugin/executors/cancel-executor.ts";
import type { CancelResult } from "../../../plugin/host/actions/host-tasks.ts";
import type { CancelRequest } from "../../../plugin/recorder/worker-messages.ts";

const REQUEST: CancelRequest = {
  taskId: "t1",
  hostTaskId: "h1",
  requesterSessionKey: "agent:main:main",
  runId: "r1",
  reason: "enough",
};
const no = (reason: Exclude<CancelResult, { ok: true }>["reason"], message = "words"): CancelResult => ({
  ok: false,
  reason,
  message,
});

/** A host that a test plays, and what was asked of it and put on record. */
class Host {
  now = 1_000_000;
  answer: () => Promise<CancelResult> = () => Promise.resolve({ ok: true });
  found: string | undefined = "h-found";
  readonly asked: object[] = [];
  readonly recorded: object[] = [];
  readonly problems: string[] = [];
  readonly runner = new CancelExecutor({
    now: () => this.now,
    cancel: (task) => {
      this.asked.push(task);
      return this.answer();
    },
    findHostTaskId: () => Promise.resolve(this.found),
    change: (command) => {
      this.recorded.push(command);
      return Promise.resolve();
    },
    problem: (message) => this.problems.push(message),
  });

  async update(...requests: CancelRequest[]): Promise<void> {
    this.runner.update(requests);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

const answered = (outcome: string, reason: string): object => ({
  type: "answer_cancel",
  taskId: "t1",
  source: "cancel",
  outcome,
  reason,
});

describe("CancelExecutor", () => {
  it("sends the request with its reason to the owner and records the answer", async () => {
    const host = new Host();
    await host.update(REQUEST);
    expect(host.asked).toEqual([{ hostTaskId: "h1", requesterSessionKey: "agent:main:main", reason: "enough" }]);
    expect(host.recorded).toEqual([answered("accepted", "its owner was told to stop")]);
  });

  it.each(["over", "unknown_task", "cannot", "failed"] as const)(
    "records a refusal with the host's message when the answer is %s",
    async (reason) => {
      const host = new Host();
      host.answer = () => Promise.resolve(no(reason, "Task has no live run owner."));
      await host.update(REQUEST);
      expect(host.recorded).toEqual([answered("refused", "Task has no live run owner.")]);
    },
  );

  it.each(["offline", "unsure"] as const)(
    "keeps the request and retries after ten seconds when the answer is %s",
    async (reason) => {
      const host = new Host();
      host.answer = () => Promise.resolve(no(reason));
      await host.update(REQUEST);
      host.now += 9_999;
      await host.update(REQUEST);
      expect(host.asked).toHaveLength(1);
      expect(host.recorded).toEqual([]);
      host.now += 1;
      host.answer = () => Promise.resolve({ ok: true });
      await host.update(REQUEST);
      expect(host.asked).toHaveLength(2);
      expect(host.recorded).toEqual([answered("accepted", "its owner was told to stop")]);
    },
  );

  it("sends a pending request once, however often it is listed", async () => {
    const host = new Host();
    host.answer = () => new Promise(() => undefined);
    await host.update(REQUEST);
    await host.update(REQUEST);
    host.runner.tick();
    expect(host.asked).toHaveLength(1);
  });

  it("sends a repeated request at once", async () => {
    const host = new Host();
    await host.update(REQUEST);
    await host.update();
    await host.update(REQUEST);
    expect(host.asked).toHaveLength(2);
  });

  it("looks up an unknown row by its run", async () => {
    const host = new Host();
    await host.update({ ...REQUEST, hostTaskId: null });
    expect(host.asked).toMatchObject([{ hostTaskId: "h-found" }]);
  });

  it("records a refusal when the host does not know the work", async () => {
    const host = new Host();
    host.found = undefined;
    await host.update({ ...REQUEST, hostTaskId: null });
    expect(host.asked).toEqual([]);
    expect(host.recorded).toEqual([answered("refused", "the host does not know this work (any more)")]);
  });

  it("reports a request that throws, and continues with the others", async () => {
    const host = new Host();
    host.answer = () => Promise.reject(new Error("broken"));
    await host.update(REQUEST, { ...REQUEST, taskId: "t2" });
    expect(host.problems).toEqual([expect.stringContaining("t1"), expect.stringContaining("t2")]);
  });
});
