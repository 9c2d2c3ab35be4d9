import { expect, it } from "vitest";
import type { ObservedSignal } from "../../../../plugin/recorder/adapters/signals.ts";
import { TaskResolver } from "../../../../plugin/recorder/ledger/resolve-task.ts";
import type { LedgerIndex, TaskRecord } from "../../../../registry-helper/internal.ts";

const CREATED = "2026-05-01T10:00:00.000000Z";
const CREATED_MS = Date.parse(CREATED);
const SESSION = "agent:main:main";

function useResolver(task: Partial<TaskRecord> = {}, startedAtMs = CREATED_MS + 60_000): TaskResolver {
  const record = {
    taskId: "t-1",
    createdAt: CREATED,
    runtime: "cli",
    status: "running",
    childSessionKey: SESSION,
    missingSince: null,
    attempts: [],
    names: [],
    ...task,
  } as unknown as TaskRecord;
  const index = { getTaskId: () => undefined, task: () => undefined } as unknown as LedgerIndex;
  const open = new Map([[record.taskId, record]]);
  const resolver = new TaskResolver({ index, open, notify: { exec: "silent" }, startedAtMs });
  resolver.names.applyRecord(record);
  return resolver;
}

const signal = (more: Partial<ObservedSignal>): ObservedSignal => ({
  source: "test",
  names: [],
  facts: {},
  mayCreate: true,
  ...more,
});

it("takes a process name that comes again much later for other work", () => {
  const resolver = useResolver({ names: ["exec:calm-otter"] });
  const taskAt = (acceptedAt: number): string | undefined =>
    resolver.resolve(signal({ names: ["exec:calm-otter"], acceptedAt })).taskId;
  expect([0, 599_999, 600_001].map((after) => taskAt(CREATED_MS + after))).toEqual(["t-1", "t-1", undefined]);
});

it("resumes the command-line run of a session only when it was cut off before this gateway started", () => {
  const next = signal({ names: ["run:2"], facts: { runtime: "cli", childSessionKey: SESSION } });
  const missing = { missingSince: CREATED };
  const resumed = { taskId: "t-1", isResumed: true };
  const isNew = { taskId: undefined, isResumed: false };
  expect(useResolver(missing).resolve(next)).toEqual(resumed);
  expect(useResolver().resolve({ ...next, isRecovery: true })).toEqual(resumed);
  expect(useResolver().resolve(next), "it is still there").toEqual(isNew);
  expect(useResolver({ ...missing, status: "succeeded" }).resolve(next), "it has ended").toEqual(isNew);
  expect(useResolver(missing, CREATED_MS).resolve(next), "it is of this gateway").toEqual(isNew);
});

it("knows of new work whose worker started it, and who hears of it", () => {
  const resolver = useResolver({ names: [`session:${SESSION}`] });
  const factsOf = (facts: ObservedSignal["facts"]): object => resolver.getCreationFacts(signal({ facts }));
  expect(factsOf({ runtime: "exec", requesterSessionKey: SESSION })).toMatchObject({
    parentTaskId: "t-1",
    notify: "silent",
  });
  expect(factsOf({ requesterSessionKey: SESSION, childSessionKey: SESSION })).not.toHaveProperty("parentTaskId");
});
