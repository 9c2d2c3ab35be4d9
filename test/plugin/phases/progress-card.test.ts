import { describe, expect, it } from "vitest";
import { describeCard } from "../../../plugin/phases/progress-card.ts";
import { ProgressTracker } from "../../../plugin/phases/progress-tracker.ts";
import { activity } from "../support/runtime-samples.ts";

const steps = (...statuses: string[]): { step: string; status: string }[] =>
  statuses.map((status, index) => ({
    step: ["Inspect the route", "Repair the owner", "Run the tests"][index] ?? "",
    status,
  }));

describe("describeCard", () => {
  it.each<[string, { step: string; status: string }[], string | undefined, object | undefined]>([
    [
      "a new plan",
      steps("pending", "pending", "pending"),
      undefined,
      { phase: "planning", update: "0/3: Inspect the route" },
    ],
    [
      "the current step",
      steps("completed", "in_progress", "pending"),
      undefined,
      { phase: "editing", update: "1/3: Repair the owner" },
    ],
    ["a pause between steps", steps("completed", "pending", "pending"), undefined, { update: "1/3: Repair the owner" }],
    [
      "a plan that is done",
      steps("completed", "completed", "completed"),
      undefined,
      { phase: "summarizing", update: "3/3 done" },
    ],
    [
      "a plan with a note",
      steps("completed", "completed", "in_progress"),
      "No **blocker**.",
      { phase: "testing", update: "2/3: Run the tests (No blocker.)" },
    ],
    [
      "a note alone",
      [],
      '<progress value="3" max="7"></progress>\n\n| a | b |\n\nTests are running.',
      { update: "Tests are running." },
    ],
    ["an empty card", [], undefined, undefined],
    ["a note without words", [], "<progress></progress>", undefined],
  ])("reads %s", (_what, plan, note, expected) => {
    expect(describeCard({ steps: plan, note })).toEqual(expected);
  });

  it.each([
    ["Research the market", "researching"],
    ["Outline the report", "planning"],
    ["Implement the fix", "editing"],
    ["Focused verification", "testing"],
    ["Summarize the findings", "summarizing"],
    ["Read the logs", "reading_context"],
    ["Sing", undefined],
  ])("takes the phase of the step %s: %s", (step, phase) => {
    expect(describeCard({ steps: [{ step, status: "in_progress" }], note: undefined })?.phase).toBe(phase);
  });
});

describe("a card that an agent shows", () => {
  const card = { phase: "start", name: "progress_card", args: { plan: steps("in_progress"), markdown: "On it." } };

  it("is noted at once, with its note, and the host's copy of it is not", () => {
    const tracker = new ProgressTracker();
    expect(tracker.note(activity("tool", card), 1_000)?.step).toEqual({
      phase: "reading_context",
      update: "0/1: Inspect the route (On it.)",
    });
    const copy = activity("plan", { phase: "update", steps: steps("in_progress"), explanation: "0/1 complete" });
    expect(tracker.note(copy, 1_001)).toBeUndefined();
  });

  it("is noted of a harness that has no such tool", () => {
    const plan = activity("plan", { phase: "update", steps: ["Inspect the route", "Repair the owner"] });
    expect(new ProgressTracker().note(plan, 1_000)?.step).toEqual({
      phase: "planning",
      update: "0/2: Inspect the route",
    });
  });
});
