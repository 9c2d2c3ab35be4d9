import { describe, expect, it } from "vitest";
import { WakeExecutor, WAKE_PAUSES_MS, WAKE_SOON_MS, wakePrompt } from "../../../plugin/executors/wake-executor.ts";
import type { WakeRequest } from "../../../plugin/recorder/worker-messages.ts";

const START = 1_000_000;
const wake = (more: Partial<WakeRequest> = {}): WakeRequest => ({
  runId: "r-1",
  title: "A run",
  sessionKey: "agent:main:main",
  why: "check can be done",
  since: START,
  stamp: "100.1",
  ...more,
});

function fixture(options: { mayAct?: boolean; takes?: boolean } = {}): {
  waker: WakeExecutor;
  woken: string[];
  problems: string[];
  at: (ms: number) => void;
} {
  let now = START;
  const woken: string[] = [];
  const problems: string[] = [];
  const waker = new WakeExecutor({
    now: () => now,
    mayAct: () => options.mayAct ?? true,
    wakeSession: (sessionKey, text) => {
      woken.push(`${sessionKey} ${text}`);
      return Promise.resolve(options.takes ?? true);
    },
    problem: (message) => problems.push(message),
  });
  const at = (ms: number): void => {
    now = START + ms;
    waker.tick();
  };
  return { waker, woken, problems, at };
}

describe("WakeExecutor", () => {
  it("wakes the agent of an idle run after a while, then at longer intervals, then no more", () => {
    const { waker, woken, at } = fixture();
    waker.update([wake()]);
    at(WAKE_PAUSES_MS[0] - 1);
    expect(woken).toEqual([]);
    at(WAKE_PAUSES_MS[0]);
    expect(woken).toEqual([`agent:main:main ${wakePrompt(wake())}`]);
    at(WAKE_PAUSES_MS[0] + WAKE_PAUSES_MS[1] - 1);
    expect(woken).toHaveLength(1);
    at(WAKE_PAUSES_MS[0] + WAKE_PAUSES_MS[1]);
    expect(woken).toHaveLength(2);
    at(WAKE_PAUSES_MS[0] + WAKE_PAUSES_MS[1] + WAKE_PAUSES_MS[2]);
    expect(woken).toHaveLength(3);
    at(86_400_000);
    expect(woken).toHaveLength(3);
  });

  it("starts again for every new state of the run", () => {
    const { waker, woken, at } = fixture();
    waker.update([wake()]);
    at(20_000);
    waker.update([wake({ stamp: "200.2", since: START + 30_000 })]);
    at(49_000);
    expect(woken).toHaveLength(1);
    at(50_000);
    expect(woken).toHaveLength(2);
  });

  it("wakes the agent soon after a person controlled the run", () => {
    const { waker, woken, at } = fixture();
    waker.requestWake("r-1");
    waker.update([wake()]);
    at(WAKE_SOON_MS - 1);
    expect(woken).toEqual([]);
    at(WAKE_SOON_MS);
    expect(woken).toHaveLength(1);
  });

  it("wakes no agent when nothing is to be done or the gateway may not act", () => {
    const { waker, woken, at } = fixture();
    waker.update([wake()]);
    waker.update([]);
    at(60_000);
    expect(woken).toEqual([]);
    const idle = fixture({ mayAct: false });
    idle.waker.update([wake()]);
    idle.at(60_000);
    expect(idle.woken).toEqual([]);
  });

  it("reports an agent that the host did not wake", async () => {
    const { waker, problems, at } = fixture({ takes: false });
    waker.update([wake()]);
    at(20_000);
    await Promise.resolve();
    await Promise.resolve();
    expect(problems).toEqual(["the host would not wake the session of run r-1"]);
  });
});
