import { describe, expect, it } from "vitest";
import type { ObservedSignal } from "../../../../plugin/recorder/adapters/signals.ts";
import { UNMATCHED_RETENTION_MS, TaskCorrelator } from "../../../../plugin/recorder/ledger/task-correlation.ts";

const signal = (...names: string[]): ObservedSignal => ({ source: "test", names, facts: {}, mayCreate: false });

describe("the task of a signal", () => {
  it("is found by run, by session and by call", () => {
    const names = new TaskCorrelator();
    names.bind("t1", ["run:r1", "session:s1"]);
    names.bind("t2", ["call:c2"]);

    expect(names.find(signal("run:r1"))).toBe("t1");
    expect(names.find(signal("session:s1"))).toBe("t1");
    expect(names.find(signal("call:c2"))).toBe("t2");
    expect(names.find(signal("run:r9", "session:s9"))).toBeUndefined();
    expect(names.find(signal())).toBeUndefined();
  });

  it("is not the session's task when the session is reused for another run", () => {
    const names = new TaskCorrelator();
    names.bind("t1", ["run:r1", "session:s1"]);

    expect(names.find(signal("run:r2", "session:s1"))).toBeUndefined();
    names.bind("t2", ["run:r2", "session:s1"]);
    expect(names.find(signal("run:r1", "session:s1"))).toBe("t1");
    expect(names.find(signal("run:r2", "session:s1"))).toBe("t2");
    expect(names.find(signal("session:s1")), "the newest use of the session").toBe("t2");
  });

  it("is the session's task while that task has no run", () => {
    const names = new TaskCorrelator();
    names.bind("t1", ["session:s1"]);
    expect(names.find(signal("run:r1", "session:s1"))).toBe("t1");
  });

  it("is known from its record after a restart", () => {
    const names = new TaskCorrelator();
    names.applyRecord({ taskId: "t1", names: ["session:s1", "run:r1"] });
    expect(names.find(signal("run:r1"))).toBe("t1");
    expect(names.find(signal("run:r2", "session:s1"))).toBeUndefined();
  });
});

describe("unmatched signals", () => {
  it("are returned once, oldest first, to the task with one of their names", () => {
    const names = new TaskCorrelator();
    const [first, other, second] = [signal("run:r1"), signal("run:r2"), signal("session:s1", "run:r1")];
    for (const one of [first, other, second]) names.storeUnmatched(one, 0);

    expect(names.takeUnmatched(["run:r1", "session:s1"])).toEqual([first, second]);
    expect(names.takeUnmatched(["run:r1", "session:s1"])).toEqual([]);
    expect(names.takeUnmatched(["run:r2"])).toEqual([other]);
  });

  it("are dropped after a time", () => {
    const names = new TaskCorrelator();
    names.storeUnmatched(signal("run:old"), 0);
    names.storeUnmatched(signal("run:young"), 1);
    names.storeUnmatched(signal("run:new"), UNMATCHED_RETENTION_MS);

    expect(names.takeUnmatched(["run:old"])).toEqual([]);
    expect(names.takeUnmatched(["run:young", "run:new"])).toHaveLength(2);
  });

  it("are limited in number", () => {
    const names = new TaskCorrelator();
    for (let index = 0; index < 2_500; index += 1) names.storeUnmatched(signal(`run:${index}`), 0);
    expect(names.takeUnmatched(["run:499"])).toHaveLength(0);
    expect(names.takeUnmatched(["run:500", "run:2499"])).toHaveLength(2);
  });
});
