import { describe, expect, it } from "vitest";
import {
  giveUpMessage,
  WakeExecutor,
  WAKE_PAUSES_MS,
  WAKE_SOON_MS,
  wakePrompt,
} from "../../../plugin/executors/wake-executor.ts";
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
  givenUp: string[];
  at: (ms: number) => void;
} {
  let now = START;
  const woken: string[] = [];
  const problems: string[] = [];
  const givenUp: string[] = [];
  const waker = new WakeExecutor({
    now: () => now,
    mayAct: () => options.mayAct ?? true,
    wakeSession: (sessionKey, text) => {
      woken.push(`${sessionKey} ${text}`);
      return Promise.resolve(options.takes ?? true);
    },
    onGiveUp: ({ runId, stamp }) => givenUp.push(`${runId} ${stamp}`),
    problem: (message) => problems.push(message),
  });
  const at = (ms: number): void => {
    now = START + ms;
    waker.tick();
  };
  return { waker, woken, problems, givenUp, at };
}

describe("WakeExecutor", () => {
  it("wakes the agent of an idle run with growing pauses for two days, then gives up once", () => {
    const { waker, woken, givenUp, at } = fixture();
    waker.update([wake()]);
    let elapsed = 0;
    for (const [index, pause] of WAKE_PAUSES_MS.entries()) {
      elapsed += pause;
      at(elapsed - 1);
      expect(woken).toHaveLength(index);
      at(elapsed);
      expect(woken).toHaveLength(index + 1);
    }
    expect(woken[0]).toBe(`agent:main:main ${wakePrompt(wake())}`);
    expect(elapsed).toBeGreaterThan(48 * 3_600_000);
    const last = elapsed + (WAKE_PAUSES_MS.at(-1) ?? 0);
    at(last - 1);
    expect(givenUp).toEqual([]);
    at(last);
    at(last + 86_400_000);
    expect(givenUp).toEqual(["r-1 100.1"]);
    expect(woken).toHaveLength(WAKE_PAUSES_MS.length);
    expect(giveUpMessage(wake())).toContain("/run cancel r-1");
  });

  it("begins again after it gave up, once the run changes", () => {
    const { waker, woken, givenUp, at } = fixture();
    waker.update([wake()]);
    const all = WAKE_PAUSES_MS.reduce((sum, pause) => sum + pause, 0);
    for (let ms = 0; ms <= 2 * all; ms += WAKE_PAUSES_MS[0]) if (ms % 3_600_000 < WAKE_PAUSES_MS[0]) at(ms);
    expect(givenUp).toHaveLength(1);
    at(2 * all);
    const before = woken.length;
    waker.update([wake({ stamp: "200.2", since: START + 2 * all })]);
    at(2 * all + WAKE_PAUSES_MS[0]);
    expect(woken).toHaveLength(before + 1);
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
