import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeliveryReport } from "../../../../registry-helper/domain/delivery/decide.ts";
import type { TaskCommand, TaskSignal } from "../../../../registry-helper/domain/task/commands.ts";
import { evolveTask, isTerminalTask } from "../../../../registry-helper/domain/task/evolve.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import { isSettled } from "../../../../registry-helper/domain/task/task-table.ts";
import { isClawTaskError } from "../../../../registry-helper/model/errors.ts";
import type { HostDelivery, TaskFacts, TaskStep } from "../../../../registry-helper/model/task-events.ts";
import {
  TASK_RUNTIMES,
  type TaskRecord,
  type TerminalTaskStatus,
} from "../../../../registry-helper/model/task-record.ts";
import { BLOCK_REASONS, NOTIFY_POLICIES, STATABLE_PHASES } from "../../../../registry-helper/model/task-status.ts";
import { order, PlayedTask, REQUESTER, ROUTE, signal } from "../../../support/played-task.ts";

const TERMINAL: readonly TerminalTaskStatus[] = ["succeeded", "failed", "timed_out", "cancelled", "lost"];
const word = fc.constantFrom("a", "b");
const among = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** An object that has each of the keys, or has it not. */
const some = <T>(shape: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<Partial<T>> =>
  fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const step = some<TaskStep>({
  phase: among(...STATABLE_PHASES, null),
  blockReason: among(...BLOCK_REASONS, null),
  update: word,
  nextAction: word,
  artifacts: fc.array(word, { maxLength: 3 }),
  isIdle: fc.constant(true),
}) as fc.Arbitrary<TaskStep>;
const facts = some<TaskFacts>({
  runtime: among(...TASK_RUNTIMES),
  label: word,
  requesterSessionKey: fc.constant(REQUESTER),
  runId: among("r1", "r2"),
  route: fc.constant(ROUTE),
  wantsCompletion: fc.boolean(),
  notify: among(...NOTIFY_POLICIES),
}) as fc.Arbitrary<TaskFacts>;
const hostDelivery: fc.Arbitrary<HostDelivery> = fc.record({
  state: among<HostDelivery["state"]>("delivered", "failed", "pending", "unknown", "not_requested"),
});
const signals: fc.Arbitrary<TaskSignal> = fc
  .record(
    {
      source: among("hook", "row", "lifecycle"),
      names: fc.uniqueArray(among("run:r1", "run:r2", "host:h1", "session:s"), { maxLength: 2 }),
      facts,
      started: fc.boolean(),
      resumes: fc.boolean(),
      step,
      isBacked: fc.boolean(),
      host: fc.record({
        taskId: among("h1", "h2"),
        status: among("running", "failed"),
        delivery: among("pending", null),
      }),
      ending: fc.record(
        { status: among(...TERMINAL), result: word, error: word, supersedes: fc.boolean(), hostDelivery },
        { requiredKeys: ["status"] },
      ),
    },
    { requiredKeys: ["source", "names", "facts"] },
  )
  .map(({ source, ...rest }) => signal(source, rest as Partial<TaskSignal>));
const report: fc.Arbitrary<DeliveryReport> = among<DeliveryReport>(
  { kind: "host_confirmed", receipt: "r" },
  { kind: "host_silent", reason: "-" },
  { kind: "sending", sentText: "x" },
  { kind: "sent", receipt: "s" },
  { kind: "held", reason: "h" },
  { kind: "refused", reason: "no", final: false },
  { kind: "refused", reason: "never", final: true },
  { kind: "unknown", reason: "?" },
  { kind: "queued_in_session", reason: "web chat" },
  { kind: "settled" },
);
const orders: fc.Arbitrary<TaskCommand> = fc.oneof(
  report.map((one) => order("report_delivery", { report: one })),
  report.map((one) => order("report_delivery", { report: one, of: "update" })),
  step.map((one) => order("report", { step: one })),
  among(...NOTIFY_POLICIES).map((notify) => order("set_notify", { notify })),
  fc.constant(order("request_cancel", { by: "me" })),
  among("accepted" as const, "refused" as const).map((outcome) => order("answer_cancel", { outcome, reason: "-" })),
  fc.constant(order("retry_delivery", {})),
  fc.constant(order("dismiss", { reason: "-" })),
  fc.constant(order("declare_lost", { reason: "-" })),
);
/** A command, and how long nothing happened before it, in minutes. */
const moves = fc.array(
  fc.tuple(fc.oneof({ weight: 2, arbitrary: signals }, { weight: 3, arbitrary: orders }), among(0, 1, 6)),
  {
    maxLength: 25,
  },
);

/** Plays on, and takes a refusal for what it is. */
function playOn(played: PlayedTask, command: TaskCommand): void {
  try {
    played.play(command);
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
  }
}

function hold(before: TaskRecord | undefined, after: TaskRecord): void {
  expect(after.endedAt !== null, "ended at a time, exactly when it has ended").toBe(isTerminalTask(after));
  expect(after.attempts.map(({ attempt }) => attempt)).toEqual(after.attempts.map((_one, index) => index + 1));
  expect(after.attempts.at(-1)?.status, "the last attempt stands as the task does").toBe(after.status);
  if (isTerminalTask(after)) expect(after).toMatchObject({ missingSince: null, delivery: expect.anything() as object });
  else expect(after.delivery, "no result before the end").toBeNull();
  if (before === undefined) return;
  if (isTerminalTask(before)) expect(after.status, "terminal is final").toBe(before.status);
  if (isTerminalTask(before)) expect(after.endedAt).toBe(before.endedAt);
  expect(after.attempts.length).toBeGreaterThanOrEqual(before.attempts.length);
  expect(after.attempts.slice(0, before.attempts.length - 1)).toEqual(before.attempts.slice(0, -1));
  expect(after.delivery?.generation ?? 0).toBeGreaterThanOrEqual(before.delivery?.generation ?? 0);
  expect(after.update?.generation ?? 0).toBeGreaterThanOrEqual(before.update?.generation ?? 0);
  expect(after.names).toEqual(expect.arrayContaining(before.names));
  expect(after.lateSignals).toBeGreaterThanOrEqual(before.lateSignals);
  if (before.route !== null) expect(after.route, "frozen").toEqual(before.route);
  expect(after.createdAt).toBe(before.createdAt);
}

describe("random signals and commands in random order", () => {
  it("keep the invariants of a task, and its events fold to the same record", () => {
    fc.assert(
      fc.property(moves, (list) => {
        const played = new PlayedTask();
        for (const [command, minutes] of list) {
          const before = played.known;
          playOn(played.wait(minutes * 60_000_000), command);
          const after = played.known;
          if (after === undefined) continue;
          hold(before, after);
          taskStatus(after, played.now);
        }
        const folded = played.events.reduce<TaskRecord | undefined>(evolveTask, undefined);
        expect(folded).toEqual(played.known);
      }),
      { numRuns: 400 },
    );
  });

  it("do not reopen a settled task when its signals are repeated", () => {
    fc.assert(
      fc.property(fc.array(signals, { maxLength: 10 }), (list) => {
        const played = new PlayedTask(...list);
        if (played.known === undefined || !isTerminalTask(played.task)) return;
        playOn(played, order("dismiss", { reason: "-" }));
        const { task } = played;
        played.play(...list);
        expect(isSettled(played.task)).toBe(isSettled(task));
        expect(played.task.delivery).toEqual(task.delivery);
      }),
      { numRuns: 200 },
    );
  });

  it("give the one reported end when signals are repeated and sources reordered", () => {
    const oneEnd = fc.tuple(fc.array(signals, { minLength: 1, maxLength: 8 }), among(...TERMINAL), fc.nat(), fc.nat());
    fc.assert(
      fc.property(oneEnd, ([list, status, at, seed]) => {
        const stamped = list.map((one, index) => {
          const { ending, resumes: _resumes, ...rest } = one;
          const ends = ending !== undefined || index === at % list.length;
          return ends ? { ...rest, ending: { ...ending, status } } : rest;
        });
        const twice = [...stamped, ...stamped];
        // Another order of all sources, by the seed.
        const other = [...twice].sort((a, b) => rank(a, seed) - rank(b, seed));
        for (const sequence of [stamped, twice, other, [...other].reverse()]) {
          const { task } = new PlayedTask(...sequence);
          expect(task.status).toBe(status);
          expect(task.lateSignals).toBe(0);
          expect(task.delivery?.generation).toBe(1);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** A place that depends on the source and the seed alone. */
function rank(one: TaskSignal, seed: number): number {
  return (["hook", "row", "lifecycle"].indexOf(one.source) * 7 + seed) % 11;
}
