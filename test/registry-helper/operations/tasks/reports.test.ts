import { describe, expect, it } from "vitest";
import type { TaskCommand } from "../../../../registry-helper/domain/task/commands.ts";
import { MAX_TASK_ARTIFACTS, MAX_TASK_UPDATE_LENGTH } from "../../../../registry-helper/model/limits.ts";
import type { TaskStep } from "../../../../registry-helper/model/task-events.ts";
import { ended, listNames, order, PlayedTask, signal, working } from "../../../support/played-task.ts";

const report = (step: TaskStep): TaskCommand => order("report", { step });
const fact = (step: TaskStep): TaskCommand => signal("agent_event", { step });

/** What was reported, what a source then shows, and the phase and block that stand after it. */
const CASES: [
  string,
  reported: TaskStep,
  shown: TaskStep,
  phase: string | null,
  block: string | null,
  needsUser: boolean,
][] = [
  ["work, and other work is seen", { phase: "testing" }, { phase: "reading_context" }, "testing", null, true],
  ["planning, and nothing but words follow", { phase: "planning" }, { update: "thinking" }, "planning", null, true],
  ["a wait, and work is seen", { phase: "waiting_user" }, { phase: "editing" }, "editing", null, false],
  [
    "a block, and work is seen",
    { phase: "testing", blockReason: "auth" },
    { phase: "editing" },
    "editing",
    null,
    false,
  ],
  ["a wait, and a sign of life", { phase: "waiting_user" }, { isIdle: true }, "waiting_user", null, true],
  [
    "work, and an approval is asked for",
    { phase: "testing" },
    { phase: "waiting_approval", blockReason: "approval" },
    "waiting_approval",
    "approval",
    false,
  ],
  [
    "a wait, and the words of a call that says no phase",
    { phase: "waiting_user" },
    { update: "x" },
    "waiting_user",
    null,
    true,
  ],
];

describe("a report and later observations", () => {
  it.each(CASES)("handle a report of %s", (_what, reported, shown, phase, blockReason, needsUser) => {
    const { task } = new PlayedTask(working(), report(reported), fact(shown));
    expect(task).toMatchObject({ phase, blockReason, isReported: needsUser });
  });

  it("are replaced by the next report", () => {
    const { task } = new PlayedTask(working(), fact({ phase: "editing" }), report({ phase: "planning" }));
    expect(task).toMatchObject({ phase: "planning", isReported: true });
  });

  it("follow the observations again after a contradiction", () => {
    const { task } = new PlayedTask(
      working(),
      report({ phase: "waiting_user" }),
      fact({ phase: "editing" }),
      fact({ phase: "testing" }),
    );
    expect(task).toMatchObject({ phase: "testing", isReported: false });
  });
});

describe("a step", () => {
  it("with a new phase clears the earlier block", () => {
    const { task } = new PlayedTask(
      working(),
      fact({ phase: "waiting_approval", blockReason: "approval" }),
      fact({ phase: "editing" }),
    );
    expect(task).toMatchObject({ phase: "editing", blockReason: null });
  });

  it("that clears the phase keeps the rest", () => {
    const { task } = new PlayedTask(
      working(),
      fact({ phase: "waiting_approval", blockReason: "approval", update: "wants to run: ls" }),
      fact({ phase: null, blockReason: null }),
    );
    expect(task).toMatchObject({ phase: null, blockReason: null, latestUpdate: "wants to run: ls" });
  });

  it("adds each artifact once, up to the limit", () => {
    const played = new PlayedTask(working());
    const paths = Array.from({ length: 60 }, (_none, index) => `out/${index}.md`);
    played.play(report({ artifacts: ["a.md"] }), report({ artifacts: ["a.md", "b.md"] }));
    expect(played.task.artifacts).toEqual(["a.md", "b.md"]);
    played.play(report({ artifacts: paths.slice(0, 40) }), report({ artifacts: paths.slice(20) }));
    expect(played.task.artifacts).toHaveLength(MAX_TASK_ARTIFACTS);
    expect(played.task.artifacts.at(-1)).toBe("out/59.md");
  });

  it("is stored as sanitized text on one line", () => {
    const update = `\u001b[31mred\u001b[0m \u202eevil\nnext${"x".repeat(5_000)}`;
    const { task } = new PlayedTask(working(), report({ update, nextAction: update, artifacts: [update] }));
    for (const text of [task.latestUpdate, task.nextAction, task.artifacts[0]]) {
      expect(text).toMatch(/^red evil nextx+…$/);
      expect(text).toHaveLength(MAX_TASK_UPDATE_LENGTH);
    }
  });

  it("after the end writes nothing", () => {
    const played = new PlayedTask(working(), ended());
    expect(listNames(played.play(fact({ phase: "editing", update: "more" })))).toEqual([]);
  });

  it.each<[string, TaskStep, boolean]>([
    ["the same phase and words", { phase: "editing", update: "one" }, false],
    ["other words", { phase: "editing", update: "two" }, true],
    ["another phase", { phase: "testing", update: "one" }, true],
    ["a block", { blockReason: "auth" }, true],
    ["a known artifact", { artifacts: ["a.md"] }, false],
    ["a new artifact", { artifacts: ["b.md"] }, true],
    ["a sign of life", { isIdle: true }, true],
  ])("with %s is written only if it changes the record", (_what, step, isNews) => {
    const played = new PlayedTask(working(), fact({ phase: "editing", update: "one", artifacts: ["a.md"] }));
    expect(listNames(played.play(fact(step)))).toEqual(isNews ? ["task.progressed"] : []);
  });
});
