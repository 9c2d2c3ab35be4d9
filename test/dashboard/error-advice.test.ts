import { describe, expect, it } from "vitest";
import { toErrorDetails } from "../../plugin/dashboard/api/error-advice.ts";
import { ApiError } from "../../plugin/dashboard/api/problem.ts";
import { type Remedy, suggest } from "../../registry-helper/model/remedy.ts";

describe("toErrorDetails", () => {
  const getAdvice = (code: string, remedy: Remedy): unknown => {
    const { words, commands } = toErrorDetails(new ApiError({ status: 409, code, message: "no", remedy }));
    return commands.length === 0 ? words : [words, ...commands];
  };

  it("replaces command-line advice with the page's own wording", () => {
    expect(
      getAdvice("run_exists", {
        hint: "choose another --run-id, or continue it",
        scope: "command line",
        commands: [suggest("next", "report-1")],
      }),
    ).toBe("Choose another name for the new run.");
    expect(getAdvice("revision_conflict", { commands: [suggest("show", "report-1")] })).toBe(
      "What is shown now is up to date. Look at it again, then decide.",
    );
  });

  it("keeps whole sentences", () => {
    expect(getAdvice("invalid_id", { hint: "use 1 to 64 letters, digits, dots, dashes or underscores" })).toBe(
      "Use 1 to 64 letters, digits, dots, dashes or underscores.",
    );
  });

  it("separates commands that can be copied from the text before them", () => {
    expect(getAdvice("registry_unwritable", { commands: [suggest("doctor")] })).toEqual(["", "clawtask doctor"]);
    expect(
      getAdvice("not_bound", {
        hint: "bind it first",
        commands: [suggest("bind", "report-1", "cron", "--value", "12")],
      }),
    ).toEqual(["Bind it first.", "clawtask bind report-1 cron --value 12"]);
    expect(
      getAdvice("unknown", {
        commands: [suggest("approve", "r", "n", "--choice", "yes please"), suggest("reject", "r", "n")],
      }),
    ).toEqual(["", "clawtask approve r n --choice 'yes please'", "clawtask reject r n"]);
  });

  it.each([
    [{ hint: "fork it without --set, or scaffold a new run", scope: "command line" }, ""],
    [{ hint: "start over", commands: [suggest("fork", "report-1", "--from", "<node>")] }, "Start over."],
    [{ hint: "add --value <node id>", scope: "command line" }, ""],
    [{ hint: "GET /api/openapi.json", scope: "api" }, ""],
    [{}, ""],
  ] as const)("leaves no fragment of %j", (remedy, words) => {
    expect(getAdvice("unknown", remedy)).toBe(words);
  });
});
