import { describe, expect, it } from "vitest";
import { toErrorDetails } from "../../plugin/dashboard/api/error-advice.ts";
import { ApiError } from "../../plugin/dashboard/api/problem.ts";

describe("toErrorDetails", () => {
  const getAdvice = (code: string, next: string): unknown => {
    const { words, commands } = toErrorDetails(new ApiError({ status: 409, code, message: "no", next }));
    return commands.length === 0 ? words : [words, ...commands];
  };

  it("replaces command-line advice with the page's own wording", () => {
    expect(getAdvice("run_exists", "go on with it: next report-1, or choose another --run-id")).toBe(
      "Choose another name for the new run.",
    );
    expect(getAdvice("revision_conflict", "clawtask show report-1")).toBe(
      "What is shown now is up to date. Look at it again, then decide.",
    );
  });

  it("keeps whole sentences", () => {
    expect(getAdvice("invalid_id", "use 1 to 64 letters, digits, dots, dashes or underscores")).toBe(
      "Use 1 to 64 letters, digits, dots, dashes or underscores.",
    );
  });

  it("separates commands that can be copied from the text before them", () => {
    expect(getAdvice("registry_unwritable", "clawtask doctor")).toEqual(["", "clawtask doctor"]);
    expect(getAdvice("not_bound", "bind it first: clawtask bind report-1 cron --value 12")).toEqual([
      "Bind it first.",
      "clawtask bind report-1 cron --value 12",
    ]);
    expect(getAdvice("unknown", 'clawtask approve r n --choice "yes", or: clawtask reject r n')).toEqual([
      "",
      'clawtask approve r n --choice "yes"',
      "clawtask reject r n",
    ]);
  });

  it.each([
    ["fork it without --set, or scaffold a new run", ""],
    ["begin anew: clawtask fork report-1 --from <node>", "Begin anew."],
    ["add --value <node id>", ""],
    ["GET /api/openapi.json", ""],
    ["", ""],
  ])("leaves no fragment of: %s", (next, words) => {
    expect(getAdvice("unknown", next)).toBe(words);
  });
});
