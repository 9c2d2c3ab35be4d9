import { describe, expect, it } from "vitest";
import { type NextStep, nextSteps } from "../../../../../registry-helper/domain/run/next/next-steps.ts";
import { PlayedRun } from "../../../../support/played-run.ts";
import type { NodeSketch } from "../../../../support/workflow-text.ts";

function stepsOf(run: PlayedRun, present: readonly string[] = []): NextStep[] {
  const prompts = new Map(run.document.state.nodes.map((node) => [node.id, `prompt of ${node.id}`]));
  return nextSteps(run.document, {
    self: "ct",
    folder: "/r/runs/demo",
    prompts,
    exists: (path) => present.includes(path),
    isEvidence: (_node, path) => present.includes(path),
  });
}

function getStep(run: PlayedRun, nodeId: string, present: readonly string[] = []): NextStep {
  const step = stepsOf(run, present).find((one) => one.nodeId === nodeId);
  if (step === undefined) throw new Error(`no step for ${nodeId}`);
  return step;
}

describe("next for a ready node", () => {
  it("gives the commands to start and complete the work, the prompt and the files", () => {
    const run = new PlayedRun([{ id: "a", mode: "report" }]);
    expect(stepsOf(run)).toEqual([
      expect.objectContaining({
        action: "do",
        nodeId: "a",
        prompt: "prompt of a",
        outputs: ["nodes/a/report.md"],
        commands: [
          `ct transition-node ${run.document.state.runId} a running`,
          `ct transition-node ${run.document.state.runId} a completed --message "<one line: what came out>"`,
        ],
      }),
    ]);
  });

  it("places the spawn of a subagent between the claim and the binding", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
    const { runId } = run.document.state;
    expect(getStep(run, "a")).toMatchObject({
      action: "dispatch",
      commands: [`ct transition-node ${runId} a running`, `ct spawned ${runId} a="<childSessionKey>" --next`],
      spawn: { task: "Read /r/runs/demo/nodes/a/handoff.md and do what it says.", label: `${runId}/a` },
    });
  });

  it("offers no approve command before the question has been asked", () => {
    const run = new PlayedRun([{ id: "ok", kind: "approval" }]);
    const { action, commands } = getStep(run, "ok");
    expect(action).toBe("ask");
    expect(commands).toEqual([expect.stringContaining("ok waiting")]);
  });

  it("names the attempt of a retry and why the previous attempt failed", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
    run.to("a", "running");
    run.to("a", "failed", { message: "HTTP 503" });
    run.to("a", "ready", { message: "another model" });
    expect(getStep(run, "a")).toMatchObject({ attempt: 2, before: "HTTP 503", retry: "another model" });
  });
});

describe("next for a node in progress", () => {
  it("names the missing files of a child and offers a choice of outcomes", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent", mode: "report" }]);
    run.to("a", "running");
    run.bind("child-session", "a", "child-1");
    expect(getStep(run, "a").what).toContain("Not there yet: nodes/a/report.md");
    expect(getStep(run, "a", ["nodes/a/report.md"]).what).toContain("check it and record the outcome");
    expect(getStep(run, "a", ["nodes/a/report.md"]).what).not.toContain("Not there yet");
    expect(getStep(run, "a")).toMatchObject({ action: "check", choose: true });
  });

  it("shows a claimed node without a child as not yet dispatched", () => {
    const run = new PlayedRun([{ id: "a", kind: "subagent" }]);
    run.to("a", "running");
    expect(getStep(run, "a")).toMatchObject({ action: "dispatch", choose: true });
  });
});

describe("next for an approval", () => {
  function asked(): PlayedRun {
    const run = new PlayedRun([
      { id: "a", mode: "report" },
      { id: "ok", kind: "approval", needs: ["a"] },
      { id: "end", kind: "summary", needs: ["ok"] },
    ]);
    run.to("a", "running");
    run.to("a", "completed", { message: "three facts" });
    run.to("ok", "waiting", { message: "publish?" });
    return run;
  }

  it("waits for the answer, shows the question and does not ask again", () => {
    expect(getStep(asked(), "ok")).toMatchObject({
      action: "wait",
      choose: true,
      what: expect.stringContaining('"publish?"') as string,
    });
  });

  it("does not offer to skip a rejected approval", () => {
    const run = asked();
    run.control("reject", "ok", { message: "too long" });
    const step = getStep(run, "ok");
    expect(step.action).toBe("ask");
    expect(step.what).toContain("too long");
    expect(step.commands.join()).not.toContain("skipped");
  });

  it("passes an earlier rejection on to later nodes, since the approval may refer to it", () => {
    const run = asked();
    run.control("reject", "ok", { message: "five lines" });
    run.to("ok", "ready", { message: "cut to five" });
    run.to("ok", "waiting", { message: "like this?" });
    run.control("approve", "ok", { message: "like this" });
    expect(getStep(run, "end").said).toEqual(["reject by ana: five lines", "approve by ana: like this"]);
  });

  it("passes the person's answer and the earlier reports on to later nodes", () => {
    const run = asked();
    run.control("approve", "ok", { message: "mention the costs" });
    const said = ["approve by ana: mention the costs"];
    expect(getStep(run, "end", ["nodes/a/report.md"])).toMatchObject({ said, inputs: ["nodes/a/report.md"] });
    expect(getStep(run, "end")).not.toHaveProperty("inputs");
  });
});

describe("next for a wait", () => {
  const waiting = (waitFor: NonNullable<NodeSketch["waitFor"]>): PlayedRun => {
    const run = new PlayedRun([{ id: "w", kind: "wait", waitFor }]);
    run.to("w", "waiting");
    return run;
  };

  it("offers the work when the file exists", () => {
    const run = waiting({ type: "file_exists", path: "nodes/w/data.csv" });
    expect(getStep(run, "w").action).toBe("wait");
    expect(getStep(run, "w", ["nodes/w/data.csv"]).action).toBe("do");
  });

  it("offers the work at the next tick", () => {
    expect(getStep(waiting({ type: "next_tick" }), "w").action).toBe("do");
  });

  it("keeps waiting until a person confirms", () => {
    expect(getStep(waiting({ type: "manual" }), "w").action).toBe("wait");
  });
});

describe("next for a run", () => {
  it("lists a failure first and offers a choice of remedies", () => {
    const run = new PlayedRun([{ id: "a" }, { id: "b" }]);
    run.to("b", "running");
    run.to("b", "failed", { message: "no access" });
    expect(stepsOf(run).map(({ action, nodeId }) => [action, nodeId])).toEqual([
      ["repair", "b"],
      ["do", "a"],
    ]);
    expect(getStep(run, "b")).toMatchObject({ choose: true, what: expect.stringContaining("no access") as string });
  });

  it("asks for the report when the run has ended, and for the removal of the cron job", () => {
    const run = new PlayedRun([{ id: "a", kind: "summary", mode: "report" }]);
    run.bind("cron", undefined, "job-7");
    run.to("a", "running");
    run.to("a", "completed");
    expect(stepsOf(run)[0]).not.toHaveProperty("inputs");
    expect(stepsOf(run, ["nodes/a/report.md"])).toEqual([
      expect.objectContaining({
        action: "report",
        inputs: ["nodes/a/report.md"],
        what: expect.stringContaining("job-7") as string,
      }),
    ]);
  });
});
