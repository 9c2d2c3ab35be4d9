import { describe, expect, it } from "vitest";
import { parseWorkflow } from "../../../../registry-helper/domain/workflow/parse-workflow.ts";
import type { ClawTaskError } from "../../../../registry-helper/model/errors.ts";

const withPrompt = (...lines: string[]): string =>
  [
    "---",
    "workflowId: x",
    "title: X",
    "nodes:",
    "  - id: a",
    "    title: T",
    "    kind: session_turn",
    "    outputs: {mode: notify}",
    `    prompt: ${lines.join("\n")}`,
    "---",
    "",
  ].join("\n");

function read(text: string): { prompt: string | undefined; warnings: string[] } {
  const warnings: string[] = [];
  const { nodes } = parseWorkflow(text, "x.task.md", (warning) => warnings.push(warning));
  return { prompt: nodes[0]?.prompt, warnings };
}

describe("a prompt with YAML syntax in it", () => {
  it("gives a warning when a part of it is parsed as a comment", () => {
    const { prompt, warnings } = read(withPrompt("Publish it in the channel #news."));
    expect(prompt).toBe("Publish it in the channel");
    expect(warnings).toEqual([
      expect.stringMatching(/^x\.task\.md:9:38: prompt ends before " #news\.", .* as in prompt: \|$/) as string,
    ]);
  });

  it.each([
    ["quotes", [`"Publish it in #news."`], "Publish it in #news."],
    ["a block", ["|", "      Publish it in #news: {{now}} @all"], "Publish it in #news: {{now}} @all\n"],
    ["quotes with a comment behind", ['"Publish it." # not yet'], "Publish it."],
    ["a comment on a line of its own", ["Publish it.", "    # not yet"], "Publish it."],
    ["a # within a word", ["Publish issue#7"], "Publish issue#7"],
  ])("is read as intended: %s", (_what, lines, prompt) => {
    expect(read(withPrompt(...lines))).toEqual({ prompt, warnings: [] });
  });

  it.each(["Find: price, limits", "{{city}} is nice", "{{city}}", "@anna knows"])(
    "is rejected with a hint how to write it: %s",
    (prompt) => {
      let error: ClawTaskError | undefined;
      try {
        read(withPrompt(prompt));
      } catch (thrown) {
        error = thrown as ClawTaskError;
      }
      expect(error?.code).toBe("workflow_invalid");
      expect(error?.next).toContain('in quotes, or below "|" as in prompt: |');
    },
  );
});
