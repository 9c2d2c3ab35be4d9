import type { TaskCommand, TaskSignal } from "../../registry-helper/domain/task/commands.ts";
import { ledgerDayAggregate, type LedgerDay } from "../../registry-helper/domain/task/ledger-day.ts";
import type { TaskEvent } from "../../registry-helper/model/task-events.ts";
import type { TaskRecord } from "../../registry-helper/model/task-record.ts";
import { NOON } from "./played-run.ts";

export { NOON };
export const TASK = "t-20261120-000000000000";
export const REQUESTER = "agent:main:main";
export const ROUTE = { channel: "telegram", to: "telegram:42", sessionKey: REQUESTER };

const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

/** What a source tells of the one task of these tests. */
export const signal = (source: string, more: Partial<TaskSignal> = {}): TaskSignal => ({
  type: "signal",
  taskId: TASK,
  source,
  names: [],
  facts: {},
  ...more,
});

/** A command without the fields that are the same in every test. */
export const order = <Type extends Exclude<TaskCommand["type"], "signal">>(
  type: Type,
  more: Omit<Extract<TaskCommand, { type: Type }>, "type" | "taskId" | "source">,
): TaskCommand => ({ type, taskId: TASK, source: "test", ...more }) as unknown as TaskCommand;

/** Work that goes on: asked for from a channel, and started. */
export const working = (facts: TaskSignal["facts"] = {}): TaskSignal =>
  signal("subagent_spawned", {
    names: ["run:r1", "session:child"],
    facts: {
      runtime: "subagent",
      requesterSessionKey: REQUESTER,
      childSessionKey: "child",
      runId: "r1",
      route: ROUTE,
      ...facts,
    },
    started: true,
  });

export const ended = (status: NonNullable<TaskSignal["ending"]>["status"] = "succeeded"): TaskSignal =>
  signal("lifecycle", { ending: { status } });

/** A task in memory: decides and folds as `commit` does, with a clock that a test moves. */
export class PlayedTask {
  readonly events: TaskEvent[] = [];
  now = NOON;
  private day: LedgerDay | undefined;

  constructor(...commands: readonly TaskCommand[]) {
    this.play(...commands);
  }

  /** The commands come one by one, a second apart. Returns the events of all of them. */
  play(...commands: readonly TaskCommand[]): TaskEvent[] {
    const before = this.events.length;
    for (const command of commands) {
      this.now += SECOND;
      for (const draft of ledgerDayAggregate.decide(this.day, command, { now: this.now })) {
        const event = ledgerDayAggregate.stamp(draft, { state: this.day, seq: this.events.length + 1, now: this.now });
        this.day = ledgerDayAggregate.evolve(this.day, event);
        this.events.push(event);
      }
    }
    return this.events.slice(before);
  }

  /** The machine stopped in the middle of the last write: these lines did not reach the disk. */
  tear(lines: number): this {
    this.events.length -= lines;
    this.day = undefined;
    for (const event of this.events) this.day = ledgerDayAggregate.evolve(this.day, event);
    return this;
  }

  /** Lets time pass. */
  wait(micros: number): this {
    this.now += micros;
    return this;
  }

  get known(): TaskRecord | undefined {
    return this.day?.tasks.get(TASK);
  }

  get task(): TaskRecord {
    if (this.known === undefined) throw new Error("no task");
    return this.known;
  }
}

export const listNames = (events: readonly TaskEvent[]): string[] => events.map(({ event }) => event);

export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
