import { describe, expect, it } from "vitest";
import type { RunFacts } from "../../../../registry-helper/domain/run/attention-facts.ts";
import { listRunAttention } from "../../../../registry-helper/domain/run/attention.ts";
import { ATTENTION_KINDS, type AttentionKind } from "../../../../registry-helper/model/attention-item.ts";
import { STALE_AFTER_MS, STALE_THRESHOLDS } from "../../../../registry-helper/model/stale-thresholds.ts";
import type { TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { formatMicros, type Micros, parseMicros } from "../../../../registry-helper/model/time.ts";
import { factsAt } from "../../../support/attention-facts.ts";
import { PlayedRun } from "../../../support/played-run.ts";
import { PlayedTask, working } from "../../../support/played-task.ts";

const MINUTE_MS = 60_000;
const CHILD = "agent:main:subagent:c1";
const ROUTE = { deliveryContext: { channel: "telegram", to: "telegram:42" } };
const child = new PlayedTask(working()).task;

interface Standstill {
  kind: AttentionKind;
  /** Null when it is about the whole run. */
  nodeId: string | null;
  make: () => PlayedRun;
  /** From when the time counts; the last change without. */
  since?: (run: PlayedRun) => string | null | undefined;
  /** How long it may stand still, in milliseconds; 0 for what is listed at once. */
  after: number;
  /** The task that works on the node. */
  task?: (run: PlayedRun) => TaskRecord | null;
  /** Makes it move. */
  move: (run: PlayedRun) => void;
}

const two = (more: object = {}, options: object = {}): PlayedRun =>
  new PlayedRun([{ id: "a", more }, { id: "b" }], options);
const wait = (waitFor: object, more: object = {}): PlayedRun => {
  const run = new PlayedRun([{ id: "w", kind: "wait", waitFor, more } as never, { id: "z", needs: ["w"] }]);
  run.tick();
  return run;
};
const node = (run: PlayedRun, id: string): NonNullable<ReturnType<PlayedRun["node"]>> => run.node(id);

/** Every state in which a run or a node of it can stop moving. */
const STANDSTILLS: Record<string, Standstill> = {
  "a ready node that nobody takes": {
    kind: "stranded_ready",
    nodeId: "a",
    make: () => new PlayedRun([{ id: "a" }]),
    after: STALE_AFTER_MS.ready,
    move: (run) => run.to("a", "running"),
  },
  "a ready node of a run that somebody drives": {
    kind: "stranded_ready",
    nodeId: "b",
    make: () => {
      const run = two();
      run.claim(["a"], { by: "ana", leaseMs: 3 * STALE_AFTER_MS.waiting });
      return run;
    },
    since: (run) => run.document.state.createdAt,
    after: STALE_AFTER_MS.waiting,
    move: (run) => run.to("b", "running"),
  },
  "an expired claim": {
    kind: "claim_expired",
    nodeId: "a",
    make: () => {
      const run = new PlayedRun([{ id: "a" }]);
      run.claim(["a"], { by: "ana", leaseMs: 30 * MINUTE_MS });
      return run;
    },
    since: (run) => node(run, "a").claim?.until,
    after: STALE_AFTER_MS.claim,
    move: (run) => run.complete("a"),
  },
  "a running node without claim and child": {
    kind: "stale_running",
    nodeId: "a",
    make: () => {
      const run = new PlayedRun([{ id: "a" }]);
      run.to("a", "running");
      return run;
    },
    after: STALE_AFTER_MS.running,
    move: (run) => run.complete("a"),
  },
  "a child that the ledger does not know": {
    kind: "running_without_heartbeat",
    nodeId: "a",
    make: () => bound(),
    since: (run) => node(run, "a").startedAt,
    after: STALE_AFTER_MS.unknownChild,
    task: () => null,
    move: (run) => run.complete("a"),
  },
  "a child that has ended": {
    kind: "running_without_heartbeat",
    nodeId: "a",
    make: () => bound(),
    after: STALE_AFTER_MS.child,
    task: (run) => ({ ...child, status: "failed", endedAt: formatMicros(run.now) }),
    move: (run) => run.complete("a"),
  },
  "an attempt past its time limit": {
    kind: "past_deadline",
    nodeId: "a",
    make: () => {
      const run = new PlayedRun([{ id: "a", more: { timeoutMs: 90 * MINUTE_MS } }] as never);
      run.to("a", "running");
      return run;
    },
    since: (run) => node(run, "a").deadlineAt,
    after: STALE_AFTER_MS.deadline,
    move: (run) => run.complete("a"),
  },
  "an attempt that is due again": {
    kind: "past_deadline",
    nodeId: "a",
    make: () => {
      const run = new PlayedRun([
        { id: "a", more: { retries: { max: 1, backoffMs: 5 * MINUTE_MS, factor: 1, maxBackoffMs: 5 * MINUTE_MS } } },
      ] as never);
      run.to("a", "running");
      run.to("a", "failed");
      return run;
    },
    since: (run) => node(run, "a").retryAt,
    after: STALE_AFTER_MS.deadline,
    move: (run) => {
      run.tick();
      run.to("a", "running");
    },
  },
  "a failed node beside an open branch": {
    kind: "node_failed",
    nodeId: "a",
    make: () => {
      const run = two();
      run.to("a", "running");
      run.to("a", "failed", { message: "no network" });
      return run;
    },
    after: 0,
    move: (run) => run.complete("b"),
  },
  "a wait for a person": {
    kind: "waiting_user",
    nodeId: "w",
    make: () => wait({ type: "manual" }),
    after: 0,
    move: (run) => run.complete("w"),
  },
  "a wait for an event": {
    kind: "stale_waiting",
    nodeId: "w",
    make: () => wait({ type: "event", event: "paid" }),
    after: STALE_AFTER_MS.waiting,
    move: (run) => run.complete("w"),
  },
  "a wait for a file": {
    kind: "stale_waiting",
    nodeId: "w",
    make: () => wait({ type: "file_exists", path: "in.csv" }),
    after: STALE_AFTER_MS.waiting,
    move: (run) => run.complete("w"),
  },
  "a wait for a time that has come": {
    kind: "past_deadline",
    nodeId: "w",
    make: () => wait({ type: "until", at: "2026-11-23T12:00:00Z" }),
    since: () => "2026-11-23T12:00:00Z",
    after: STALE_AFTER_MS.deadline,
    move: (run) => run.complete("w"),
  },
  "a wait for a tick": {
    kind: "past_deadline",
    nodeId: "w",
    make: () => wait({ type: "next_tick" }),
    after: STALE_AFTER_MS.deadline,
    move: (run) => run.complete("w"),
  },
  "an open question": {
    kind: "waiting_approval",
    nodeId: "g",
    make: () => {
      const run = new PlayedRun([{ id: "g", kind: "approval" }]);
      run.to("g", "running");
      run.to("g", "waiting", { message: "Pay it?" });
      return run;
    },
    after: 0,
    move: (run) => run.control("approve", "g"),
  },
  "a paused run": {
    kind: "stale_waiting",
    nodeId: null,
    make: () => {
      const run = new PlayedRun([{ id: "a" }]);
      run.control("pause");
      return run;
    },
    after: STALE_AFTER_MS.waiting,
    move: (run) => run.control("resume"),
  },
  "a blocked run": {
    kind: "run_blocked",
    nodeId: null,
    make: () => {
      const run = new PlayedRun([{ id: "a" }, { id: "b", needs: ["a"] }]);
      run.to("a", "running");
      run.to("a", "failed");
      return run;
    },
    after: 0,
    move: (run) => run.control("skip", "a"),
  },
  "an outcome that nobody sends": {
    kind: "delivery_overdue",
    nodeId: null,
    make: () => {
      const run = new PlayedRun([{ id: "a" }], ROUTE);
      run.complete("a");
      return run;
    },
    since: (run) => run.document.state.delivery?.deadlineAt,
    after: STALE_AFTER_MS.delivery,
    move: (run) => run.do({ type: "report_delivery", report: { kind: "sent", receipt: "7" } }),
  },
};

function bound(): PlayedRun {
  const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
  run.to("a", "running");
  run.bind("child-session", "a", CHILD);
  return run;
}

const found = ({ nodeId, task }: Standstill, run: PlayedRun, now: Micros, more: Partial<RunFacts> = {}): string[] =>
  listRunAttention(run.document.state, factsAt(now, { findTask: () => task?.(run), ...more }))
    .filter((item) => (item.nodeId ?? null) === nodeId)
    .map(({ kind }) => kind);

describe("what stands still in a run", () => {
  it.each(Object.entries(STANDSTILLS))("lists %s after its time and not before", (_what, standstill) => {
    const run = standstill.make();
    const since = parseMicros(standstill.since?.(run)) ?? run.now;
    // Events of one operation are stamped a microsecond apart.
    const due = since + standstill.after * 1000 + 1_000;
    if (standstill.after > 0) expect(found(standstill, run, run.now)).not.toContain(standstill.kind);
    if (standstill.after > 0) expect(found(standstill, run, due - 1_000_000)).not.toContain(standstill.kind);
    expect(found(standstill, run, due)).toEqual([standstill.kind]);
    const threeDaysOn = due + 3 * 24 * 3_600 * 1_000_000;
    expect(found(standstill, run, threeDaysOn), "it stays until it moves").toEqual([standstill.kind]);

    run.now = due;
    standstill.move(run);
    expect(found(standstill, run, run.now), "gone once it moves").not.toContain(standstill.kind);
  });

  it("covers every kind that a run can have by standing still", () => {
    const ofOthers =
      /^(flow_|ledger_|recorder_|stalled|stale_blocked|never_started|cancel_refused|failed_silently|lost|late_result|ambiguous|undelivered|run_(unreadable|conflict|failed|bypassed|unverified))/;
    const kinds = new Set(Object.values(STANDSTILLS).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(ATTENTION_KINDS.filter((kind) => !ofOthers.test(kind)).sort());
  });

  it("takes the thresholds from the configuration", () => {
    const standstill = STANDSTILLS["a ready node that nobody takes"] as Standstill;
    const run = standstill.make();
    const staleAfter = { ...STALE_AFTER_MS, ready: MINUTE_MS };
    expect(found(standstill, run, run.now + MINUTE_MS * 1000 + 1_000, { staleAfter })).toEqual(["stranded_ready"]);
    expect(STALE_THRESHOLDS).toContain("ready");
  });

  it("does not list what moves: a child at work, a valid claim, a pause that is not over, a known time ahead", () => {
    const later = (run: PlayedRun): Micros => run.now + 20 * MINUTE_MS * 1000;
    const running = bound();
    const works = { findTask: (): TaskRecord => child };
    expect(listRunAttention(running.document.state, factsAt(later(running), works))).toEqual([]);
    const claimed = new PlayedRun([{ id: "a" }]);
    claimed.claim(["a"], { by: "ana", leaseMs: 30 * MINUTE_MS });
    expect(listRunAttention(claimed.document.state, factsAt(later(claimed)))).toEqual([]);
    const timed = wait({ type: "until", at: "2027-01-01T00:00:00Z" });
    const inDecember = timed.now + 20 * 24 * 3_600 * 1_000_000;
    expect(listRunAttention(timed.document.state, factsAt(inDecember))).toEqual([]);
  });

  it("counts a moment that a wrong clock put ahead as past", () => {
    const standstill = STANDSTILLS["an outcome that nobody sends"] as Standstill;
    const run = standstill.make();
    const aYearBefore = run.now - 365 * 24 * 3_600 * 1_000_000;
    expect(found(standstill, run, aYearBefore)).toEqual(["delivery_overdue"]);
  });
});
