import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ChildWatcher } from "../../../../plugin/recorder/watchers/child-watcher.ts";
import { RunWatcher } from "../../../../plugin/recorder/watchers/run-watcher.ts";
import { findWakeRequest } from "../../../../plugin/recorder/watchers/wake-requests.ts";
import {
  claimNodes,
  commitRun,
  controlRun,
  loadRun,
  openRegistry,
  type Registry,
  type RunNode,
  type RunState,
  scaffoldRun,
  type TaskRecord,
} from "../../../../registry-helper/internal.ts";
import { interferingFileSystem, systemError } from "../../../support/failing-file-system.ts";
import { REQUESTER, ROUTE } from "../../support/host-samples.ts";
import { useTempFolder } from "../../support/temp-folder.ts";

const WORKFLOW = `---
workflowId: flow
title: A review
nodes:
  - { id: check, title: Check, kind: subagent, prompt: p, timeoutMs: 1000, outputs: { mode: notify } }
  - { id: ok, title: Go?, kind: approval, needs: [check], prompt: Publish?, outputs: { mode: notify } }
---
`;

class ChildWatcherFixture {
  readonly registry: Registry;
  readonly linked: string[] = [];
  readonly cancelled: string[] = [];
  readonly tasks: TaskRecord[] = [];
  readonly watch: RunWatcher;
  now = Date.parse("2026-11-21T10:00:00Z") * 1000;
  /** The system error that each append to the run's journal gives. */
  fails: string | undefined;

  constructor(secondNode?: "early") {
    const root = useTempFolder();
    mkdirSync(join(root, "workflows"));
    const second =
      "  - { id: second, title: Second, kind: subagent, needs: [check], prompt: p, outputs: { mode: notify } }\n";
    const text = secondNode === undefined ? WORKFLOW : WORKFLOW.replace(/---\n$/, `${second}---\n`);
    writeFileSync(join(root, "workflows", "flow.task.md"), text);
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      if (this.fails !== undefined && call === "writeSync") throw systemError(this.fails, call);
      return real();
    });
    this.registry = openRegistry({ root, fs, now: () => (this.now += 1000) });
    const { sessionKey: _session, ...deliveryContext } = ROUTE;
    const request = {
      workflowPath: "workflows/flow.task.md",
      runId: "r-1",
      sourceSessionKey: REQUESTER,
      deliveryContext,
    };
    scaffoldRun(this.registry, request);
    this.watch = new RunWatcher(this.registry, {
      find: ({ sessions, labelPrefix }) =>
        this.tasks.filter(
          ({ label, childSessionKey }) =>
            sessions.includes(childSessionKey ?? "") ||
            (labelPrefix !== undefined && label?.startsWith(labelPrefix) === true),
        ),
      link: (taskId, runId) => this.linked.push(`${taskId} ${runId}`),
      cancel: (taskId, reason) => this.cancelled.push(`${taskId} ${reason}`),
    });
    this.watch.poll();
  }

  get state(): RunState {
    return loadRun(this.registry, "r-1").run.state;
  }

  node(id: string): RunNode | undefined {
    return this.state.nodes.find((node) => node.id === id);
  }

  /** Something that the ledger learned. */
  task(more: Partial<TaskRecord> = {}): TaskRecord {
    const task = {
      taskId: "t-1",
      label: "r-1/check",
      status: "running",
      childSessionKey: "agent:main:subagent:1",
      attempts: [{ runId: "host-run-1" }],
      flowId: null,
      usage: null,
      result: null,
      errorSummary: null,
      cancel: null,
      ...more,
    } as unknown as TaskRecord;
    this.tasks.splice(0, this.tasks.length, task);
    this.watch.children.noteTask(task);
    this.watch.poll();
    return task;
  }
}

describe("a task of the ledger", () => {
  it("is bound once to the node in its label and linked to the run", () => {
    const fixture = new ChildWatcherFixture();
    fixture.task();
    fixture.task();
    expect(fixture.node("check")).toMatchObject({ status: "running", childSessionKey: "agent:main:subagent:1" });
    expect(fixture.linked).toEqual(["t-1 r-1"]);
  });

  it("is recognized by its bound session, whatever its label", () => {
    const fixture = new ChildWatcherFixture();
    claimNodes(fixture.registry, "r-1", { by: "agent" });
    commitRun(fixture.registry, "r-1", {
      command: { type: "bind", kind: "child-session", nodeId: "check", value: "agent:main:subagent:1", payload: {} },
    });
    fixture.watch.poll();
    fixture.task({ label: "something else", status: "failed", errorSummary: "broken" });
    expect(fixture.node("check")).toMatchObject({ status: "failed", lastMessage: "broken" });
  });

  it("is found when it existed before the run was first read", () => {
    const fixture = new ChildWatcherFixture();
    fixture.task({ label: "r-1/check" });
    const later = new RunWatcher(fixture.registry, {
      find: ({ labelPrefix }) => (labelPrefix === "r-1/" ? fixture.tasks : []),
      link: () => undefined,
      cancel: () => undefined,
    });
    later.poll();
    expect(fixture.node("check")?.childSessionKey).toBe("agent:main:subagent:1");
  });

  it.each(["ENOSPC", "ENOENT"])("reports its end again until the run accepts it (%s)", (code) => {
    const fixture = new ChildWatcherFixture();
    fixture.task();
    fixture.fails = code;
    fixture.task({ status: "failed", errorSummary: "broken" });
    expect(fixture.node("check")?.status).toBe("running");
    fixture.fails = undefined;
    fixture.now += 11_000_000;
    fixture.watch.poll();
    expect(fixture.node("check")).toMatchObject({ status: "failed", lastMessage: "broken" });
  });

  it("does not throw when it cannot be reported to the run", () => {
    const fixture = new ChildWatcherFixture();
    fixture.fails = "ENOENT";
    expect(() => fixture.task({ status: "failed", errorSummary: "broken" })).not.toThrow();
  });

  it("is bound later when its child started before the node was ready", () => {
    const fixture = new ChildWatcherFixture("early");
    fixture.task({ label: "r-1/second" });
    expect(fixture.node("second")?.status).toBe("pending");
    controlRun(fixture.registry, "r-1", { action: "skip", by: "ana", nodeId: "check" });
    fixture.watch.poll();
    fixture.watch.poll();
    expect(fixture.node("second")).toMatchObject({ status: "running", childSessionKey: "agent:main:subagent:1" });
  });

  it("changes nothing for an unknown run or node", () => {
    const fixture = new ChildWatcherFixture();
    fixture.task({ label: "r-1/nobody", childSessionKey: "x" });
    fixture.task({ label: "other/check", childSessionKey: "y" });
    fixture.task({ label: null, childSessionKey: null });
    expect(fixture.node("check")?.status).toBe("ready");
  });
});

describe("the run watcher with a ledger", () => {
  it("stops the child of an attempt that timed out", () => {
    const fixture = new ChildWatcherFixture();
    fixture.task();
    fixture.now += 5_000_000;
    fixture.watch.poll();
    expect(fixture.node("check")).toMatchObject({ status: "failed", reason: "timed_out" });
    fixture.watch.poll();
    expect(fixture.cancelled).toEqual(["t-1 node check of run r-1: timed out"]);
  });

  it("applies control lines written by another tool", () => {
    const fixture = new ChildWatcherFixture();
    const line = { id: "x1", action: "pause", runId: "r-1", timestamp: "2026-11-21T10:00:00Z", patch: {} };
    writeFileSync(
      join(fixture.registry.root, "runs/r-1/control.jsonl"),
      `${JSON.stringify(line)}\n{"id": "x2", "action": "explode"}\n`,
    );
    fixture.watch.poll();
    expect(fixture.state).toMatchObject({ status: "paused" });
    fixture.watch.poll();
    expect(loadRun(fixture.registry, "r-1").run.refs.appliedControlIds).toEqual(["x1", "x2"]);
  });

  it("wakes the agent when a step can be done, unless the run or its session excludes it", () => {
    const fixture = new ChildWatcherFixture();
    expect(fixture.watch.wakes()).toMatchObject([{ runId: "r-1", sessionKey: REQUESTER, why: "check can be done" }]);
    claimNodes(fixture.registry, "r-1", { by: "agent" });
    fixture.watch.poll();
    expect(fixture.watch.wakes()).toEqual([]);
    controlRun(fixture.registry, "r-1", { action: "skip", by: "ana", nodeId: "check" });
    fixture.watch.poll();
    expect(fixture.watch.wakes()).toMatchObject([{ why: "ok can be done" }]);
    const { state } = fixture;
    expect(findWakeRequest({ ...state, wake: "off" }, "s", 0)).toBeUndefined();
    expect(findWakeRequest({ ...state, status: "paused" }, "s", 0)).toBeUndefined();
    const worker = "agent:main:cron:1:run:2";
    const keys = { driverSessionKey: worker, rootSessionKey: worker, sourceSessionKey: worker };
    expect(findWakeRequest({ ...state, ...keys }, "s", 0)).toBeUndefined();
  });

  it("delivers a pending question with how to answer it, until it is answered", () => {
    const fixture = new ChildWatcherFixture();
    controlRun(fixture.registry, "r-1", { action: "skip", by: "ana", nodeId: "check" });
    claimNodes(fixture.registry, "r-1", { by: "agent" });
    expect(fixture.watch.poll()).toMatchObject([
      {
        owner: { kind: "question", id: "r-1", of: "node:ok", generation: 1 },
        status: "Publish?",
        body: "Answer the agent, or: /run approve r-1 ok · /run reject r-1 ok",
      },
    ]);
    controlRun(fixture.registry, "r-1", { action: "approve", by: "ana", nodeId: "ok" });
    expect(fixture.watch.poll()).toMatchObject([{ owner: { kind: "run" }, status: "completed" }]);
  });

  it("sends an operator's message and settles it by its own report", () => {
    const fixture = new ChildWatcherFixture();
    controlRun(fixture.registry, "r-1", { action: "send_message", by: "ana", message: "tomorrow" });
    const [open] = fixture.watch.poll();
    expect(open).toMatchObject({ owner: { kind: "message" }, body: "tomorrow", delivery: { sender: "clawtask" } });
    const which = { of: open?.owner.of, generation: 1 } as never;
    expect(fixture.watch.reportDelivery("r-1", { kind: "sending" }, which)).toBe(true);
    expect(fixture.watch.reportDelivery("r-1", { kind: "sent", receipt: "m" }, which)).toBe(true);
    expect(fixture.watch.poll()).toEqual([]);
  });

  it("keeps a cron patch request until it is answered", () => {
    const fixture = new ChildWatcherFixture();
    commitRun(fixture.registry, "r-1", { command: { type: "bind", kind: "cron", value: "job-1", payload: {} } });
    controlRun(fixture.registry, "r-1", { action: "patch_cron", by: "ana", patch: { enabled: false } });
    fixture.watch.poll();
    expect(fixture.watch.cronPatches()).toEqual([{ runId: "r-1", jobId: "job-1", patch: { enabled: false } }]);
    fixture.watch.answerCronPatch({ runId: "r-1", outcome: "applied" });
    expect(fixture.watch.cronPatches()).toEqual([]);
  });

  it("returns nothing without a ledger", () => {
    const fixture = new ChildWatcherFixture();
    expect(new RunWatcher(fixture.registry).poll()).toEqual([]);
    expect(
      new ChildWatcher(fixture.registry, { find: () => [], link: () => undefined, cancel: () => undefined }),
    ).toBeDefined();
  });
});
