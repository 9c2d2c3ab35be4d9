import { describe, expect, it } from "vitest";
import { ANONYMOUS_CALLER } from "../../../../registry-helper/domain/run/anonymous-caller.ts";
import { nextCheck } from "../../../../registry-helper/domain/run/next/next-check.ts";
import { type NextStep, nextSteps } from "../../../../registry-helper/domain/run/next/next-steps.ts";
import { PlayedRun } from "../../../support/played-run.ts";

function stepsOf(run: PlayedRun): NextStep[] {
  return nextSteps(run.document, {
    self: "ct",
    folder: "/r/runs/demo",
    prompts: new Map(),
    exists: (path) => path.endsWith("report.md"),
    isEvidence: () => false,
    now: run.now,
  });
}

function only(run: PlayedRun): NextStep {
  const [step, ...others] = stepsOf(run);
  if (step === undefined || others.length > 0) throw new Error("not one step");
  return step;
}

describe("a claim without a child, shown again", () => {
  it("gives an anonymous caller the token to identify its claim and all commands to continue", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
    run.claim(undefined, { by: ANONYMOUS_CALLER });
    const token = run.node("a").claim?.token ?? 0;
    const step = only(run);
    expect(step).toMatchObject({ action: "claimed", spawn: { label: "demo/a" } });
    expect(step.what).toContain(`Was ${token} given to you?`);
    expect(step.what).toContain("No child is bound.");
    expect(step.what).not.toContain(ANONYMOUS_CALLER);
    expect(step.commands).toEqual(['ct spawned demo a="<childSessionKey>" --next']);
    expect(step.later).toEqual([
      expect.stringContaining(`complete demo a --claim ${token} --next`),
      expect.stringContaining(`fail demo a --claim ${token} --next`),
    ]);
    expect(step.takeOver).toBe('ct retry demo a --next --message "taken over"');
  });

  it("gives an anonymous caller the commands for session work", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.claim(undefined, { by: ANONYMOUS_CALLER });
    expect(only(run)).toMatchObject({ action: "claimed", choose: true });
    expect(only(run).spawn).toBeUndefined();
  });

  it("names another session as the holder and offers only an explicit takeover", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
    run.claim(undefined, { by: "agent:other:main" });
    const step = only(run);
    expect(step.what).toContain("Claimed by agent:other:main until");
    expect(step.what).toContain("No child is bound.");
    expect(step.commands).toEqual([expect.stringContaining("retry demo a")]);
    expect(step.later).toBeUndefined();
  });

  it("says after its expiry that the holder has been silent since then", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.claim(undefined, { by: ANONYMOUS_CALLER });
    run.wait(61_000);
    expect(only(run).what).toBe("Claimed by a caller without a session key, who was not heard of since. Take it over.");
  });
});

describe("a run whose last node failed", () => {
  it("shows the failure with its remedies and reports it to the person", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "publish", needs: ["a"] }]);
    run.complete("a");
    run.to("publish", "running");
    run.to("publish", "failed", { message: "HTTP 500" });
    expect(run.status).toBe("failed");
    const [failed, report] = stepsOf(run);
    expect(failed).toMatchObject({ action: "repair", nodeId: "publish" });
    expect(failed?.commands.join()).toMatch(/retry demo publish.*skip demo publish/);
    expect(report?.what).toContain("Run demo failed, since publish failed.");
    expect(report?.what).toContain("tell the person in your reply that it failed");
  });

  it("offers to ask a rejected approval again, now or after more work, and no cancel", () => {
    const run = new PlayedRun([{ id: "ok", kind: "approval" }]);
    run.claim();
    run.control("reject", "ok", { message: "too long" });
    expect(run.status).toBe("failed");
    const [rejectedStep] = stepsOf(run);
    expect(rejectedStep).toMatchObject({ action: "ask", rejected: true });
    expect(rejectedStep?.commands).toEqual([
      expect.stringContaining("retry demo ok"),
      expect.stringContaining("add-node demo --needed-by ok"),
    ]);
  });
});

describe("a rejected approval", () => {
  const rejected = (message?: string): NextStep | undefined => {
    const run = new PlayedRun([
      { id: "ok", kind: "approval" },
      { id: "publish", needs: ["ok"] },
    ]);
    run.claim();
    run.control("reject", "ok", message === undefined ? {} : { message });
    return stepsOf(run)[0];
  };

  it("offers to ask again with a change, to add work before it, or to cancel", () => {
    const step = rejected("too long");
    expect(step).toMatchObject({ rejected: true, choose: true });
    expect(step?.commands).toEqual([
      expect.stringContaining("retry demo ok --next"),
      expect.stringContaining("add-node demo --needed-by ok"),
      'ct cancel demo --message "<why>"',
    ]);
    expect(step?.what).not.toContain("no reason");
  });

  it("says to ask for the reason first when none was given", () => {
    expect(rejected()?.what).toContain("They gave no reason: ask for it first.");
  });
});

describe("an open question", () => {
  it("shows when it was asked and how to check that the person has received it", () => {
    const run = new PlayedRun([{ id: "ok", kind: "approval" }]);
    run.claim(undefined, { questions: { ok: "Publish?" } });
    const { what } = only(run);
    expect(what).toMatch(/^Asked at 2026-11-20 12:00(:\d\d)? UTC: "Publish\?"\./);
    expect(what).toContain("Not in your conversation? Then ask it there once more.");
  });

  it("that expired is not shown as a rejection", () => {
    const run = new PlayedRun([{ id: "ok", kind: "approval", more: { approval: { expiresAfterMs: 1000 } } }]);
    run.claim();
    run.wait(5000);
    run.tick();
    const [step] = stepsOf(run);
    expect(step?.what).toContain("Nobody answered the question in time.");
    expect(step?.rejected).toBeUndefined();
  });

  it("prints choices of several words so that they can be pasted", () => {
    const approval = { choices: ["publish", "publish without date", "drop"] };
    const run = new PlayedRun([{ id: "ok", kind: "approval", more: { approval } }]);
    run.claim();
    expect(only(run).commands[0]).toContain('--choice "<publish | publish without date>"');
  });
});

describe("a running child", () => {
  const atWork = (retries: number): PlayedRun => {
    const run = new PlayedRun([
      { id: "a", kind: "subagent", mode: "report", more: { retries: { max: retries, backoffMs: 0 } } },
    ]);
    run.claim();
    run.bind("child-session", "a", "child-1");
    return run;
  };

  it("may be gone after a restart, and the text says whether a failure starts another attempt", () => {
    expect(only(atWork(2)).what).toContain("after a restart of the host it may be gone");
    expect(only(atWork(2)).what).toContain("A failure begins its next attempt by itself (2 left).");
    expect(only(atWork(0)).what).toContain("only a retry begins another attempt");
  });

  it("is checked at a time set by the binding", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
    run.claim();
    expect(nextCheck(run.document.state, run.now)?.why).toBe("the claim on a ends, unless a child is bound");
    run.bind("child-session", "a", "child-1");
    expect(nextCheck(run.document.state, run.now)?.why).toBe("see whether the child of a still works");
  });
});

describe("the final report", () => {
  it("lists the files of the last reports when there is no summary", () => {
    const run = new PlayedRun([
      { id: "a", mode: "report" },
      { id: "ok", kind: "approval", needs: ["a"] },
      { id: "tell", needs: ["ok"] },
    ]);
    run.complete("a");
    run.claim();
    run.control("approve", "ok");
    run.complete("tell");
    expect(only(run)).toMatchObject({ action: "report", inputs: ["nodes/a/report.md"] });
  });

  it("has the command to unbind the cron job, and says how to check that the person was told", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.bind("cron", undefined, "job-7");
    run.complete("a");
    expect(only(run).commands).toEqual(["ct unbind demo cron --text", "ct reported demo"]);
    expect(only(run).what).not.toContain("nothing else is left");
    expect(only(run).what).toContain("unless your conversation shows that you have told it");
  });

  it("says what to tell the person about a cancelled run", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
    run.complete("a");
    run.control("cancel");
    expect(only(run).what).toContain("was cancelled with 1 of 2 nodes done. Tell the person");
  });
});

describe("a retry of running work", () => {
  it("shows its message only once", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.claim();
    run.control("retry", "a", { message: "use the archive" });
    expect(only(run)).toMatchObject({ retry: "use the archive", attempt: 2 });
    expect(only(run).before).toBeUndefined();
  });
});
