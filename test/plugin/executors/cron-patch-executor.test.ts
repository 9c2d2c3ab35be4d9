import { expect, it } from "vitest";
import { CronPatchExecutor } from "../../../plugin/executors/cron-patch-executor.ts";
import type { JobChange } from "../../../plugin/host/actions/cron-jobs.ts";

const REQUEST = { runId: "r-1", jobId: "job-1", patch: { enabled: false } };

function fixture(result: JobChange): {
  patcher: CronPatchExecutor;
  asked: string[];
  answers: object[];
  later: (ms: number) => void;
} {
  let now = 0;
  const asked: string[] = [];
  const answers: object[] = [];
  const patcher = new CronPatchExecutor({
    now: () => now,
    patch: (jobId, patch) => {
      asked.push(`${jobId} ${JSON.stringify(patch)}`);
      return Promise.resolve(result);
    },
    answer: (answer) => {
      answers.push(answer);
      return Promise.resolve();
    },
    problem: () => undefined,
  });
  return { patcher, asked, answers, later: (ms) => (now += ms) };
}

const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("executes a patch request once and records the outcome", async () => {
  const { patcher, asked, answers } = fixture({ ok: true });
  patcher.update([REQUEST]);
  patcher.update([REQUEST]);
  await flush();
  expect(asked).toEqual(['job-1 {"enabled":false}']);
  expect(answers).toEqual([{ runId: "r-1", outcome: "applied" }]);
});

it("records a refusal with the gateway's message", async () => {
  const { patcher, answers } = fixture({ ok: false, isFinal: true, message: "cron.update: no such job" });
  patcher.update([REQUEST]);
  await flush();
  expect(answers).toEqual([{ runId: "r-1", outcome: "refused", reason: "cron.update: no such job" }]);
});

it("retries later when the gateway could not be reached", async () => {
  const { patcher, asked, answers, later } = fixture({ ok: false, isFinal: false, message: "offline" });
  patcher.update([REQUEST]);
  await flush();
  later(9_000);
  patcher.update([REQUEST]);
  later(2_000);
  patcher.update([REQUEST]);
  await flush();
  expect(asked).toHaveLength(2);
  expect(answers).toEqual([]);
});

it("retries without a further update until the request is withdrawn", async () => {
  const { patcher, asked, later } = fixture({ ok: false, isFinal: false, message: "the scheduler is not there yet" });
  patcher.update([REQUEST]);
  for (let second = 0; second < 21; second += 1) {
    later(1_000);
    patcher.tick();
    await flush();
  }
  expect(asked).toHaveLength(3);
  patcher.update([]);
  later(11_000);
  patcher.tick();
  expect(asked).toHaveLength(3);
});
