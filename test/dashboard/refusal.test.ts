import { describe, expect, it } from "vitest";
import { Problem } from "../../plugin/dashboard/api/problem.ts";
import { refusalOf } from "../../plugin/dashboard/api/error-advice.ts";

describe("what to do about a refusal, in words for the page", () => {
  const wayOut = (code: string, next: string): unknown => {
    const { words, commands } = refusalOf(new Problem({ status: 409, code, message: "no", next }));
    return commands.length === 0 ? words : [words, ...commands];
  };

  it("where the server speaks of the command line, the page says it in its own words", () => {
    expect(wayOut("run_exists", "go on with it: next report-1, or choose another --run-id")).toBe(
      "Choose another name for the new run.",
    );
    expect(wayOut("revision_conflict", "clawtask show report-1")).toBe(
      "What is shown now is up to date. Look at it again, then decide.",
    );
  });

  it("sentences stay", () => {
    expect(wayOut("invalid_id", "use 1 to 64 letters, digits, dots, dashes or underscores")).toBe(
      "Use 1 to 64 letters, digits, dots, dashes or underscores.",
    );
  });

  it("a whole command can be copied, with the words before it", () => {
    expect(wayOut("registry_unwritable", "clawtask doctor")).toEqual(["", "clawtask doctor"]);
    expect(wayOut("not_bound", "bind it first: clawtask bind report-1 cron --value 12")).toEqual([
      "Bind it first.",
      "clawtask bind report-1 cron --value 12",
    ]);
    expect(wayOut("unknown", 'clawtask approve r n --choice "yes", or: clawtask reject r n')).toEqual([
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
  ])("no fragment is left of: %s", (next, words) => {
    expect(wayOut("unknown", next)).toBe(words);
  });
});
