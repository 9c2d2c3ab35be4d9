import { describe, expect, it } from "vitest";
import type { TaskSignal } from "../../../../registry-helper/domain/task/commands.ts";
import { taskStatus } from "../../../../registry-helper/domain/task/status.ts";
import { ended, MINUTE, listNames, PlayedTask, ROUTE, signal } from "../../../support/played-task.ts";

const SESSION = "agent:main:clitest";
const FIRST = signal("host_row", {
  names: ["host:h1", "run:r1"],
  facts: {
    runtime: "cli",
    childSessionKey: SESSION,
    runId: "r1",
    task: "count",
    agentId: "main",
    model: "m1",
    route: ROUTE,
  },
  started: true,
});
const MISSING = signal("host_row", { names: ["host:h1", "run:r1"], isBacked: false });
const again = (more: Partial<TaskSignal> = {}): TaskSignal =>
  signal("host_row", {
    names: ["host:h2", "run:r2"],
    facts: {
      runtime: "cli",
      childSessionKey: SESSION,
      runId: "r2",
      task: "[System] Your previous turn",
      agentId: "main",
    },
    started: true,
    isBacked: true,
    resumes: true,
    ...more,
  });

describe("an interrupted task that resumes with a new run id", () => {
  it("gets another attempt and keeps the record of the first one", () => {
    const played = new PlayedTask(FIRST, MISSING);
    const { missingSince } = played.task;
    played.wait(MINUTE).play(again());
    expect(played.task).toMatchObject({
      status: "running",
      task: "count",
      route: ROUTE,
      names: ["host:h1", "run:r1", "host:h2", "run:r2"],
      missingSince: null,
      attempts: [
        { attempt: 1, status: "lost", runId: "r1", endedAt: missingSince, worker: { agentId: "main", model: "m1" } },
        { attempt: 2, status: "running", runId: "r2", endedAt: null, worker: { kind: "cli_run", model: null } },
      ],
    });
    expect(played.task.attempts[0]?.startedAt).toBe(played.task.startedAt);
  });

  it("gets one new attempt, however often the resume is reported", () => {
    const played = new PlayedTask(FIRST, MISSING, again(), again(), again());
    expect(listNames(played.events).filter((name) => name === "task.attempt_started")).toHaveLength(1);
    expect(played.task.attempts).toHaveLength(2);
  });

  it("counts the resume as progress", () => {
    const played = new PlayedTask(FIRST).wait(60 * MINUTE);
    expect(taskStatus(played.task, played.now).phase).toBe("stalled");
    played.play(again());
    expect(taskStatus(played.task, played.now).phase).toBe("starting");
  });

  it("ends in the second attempt and leaves the first unchanged", () => {
    const played = new PlayedTask(FIRST, MISSING, again(), ended("failed"));
    expect(played.task).toMatchObject({ status: "failed", attempts: [{ status: "lost" }, { status: "failed" }] });
  });

  it("has a start time even when the first attempt never started", () => {
    const played = new PlayedTask(signal("host_row", { names: ["host:h1"], facts: { runtime: "cli" } }), again());
    expect(played.task).toMatchObject({ status: "running", attempts: [{ status: "lost" }, { status: "running" }] });
    expect(played.task.startedAt).not.toBeNull();
  });

  it("gets no attempt after its end, and the resume is recorded as a late signal", () => {
    const played = new PlayedTask(FIRST, ended("cancelled"), again({ ending: { status: "succeeded" } }));
    expect(played.task).toMatchObject({ status: "cancelled", lateSignals: 1 });
    expect(played.task.attempts).toHaveLength(1);
  });
});
