import { execFileSync } from "node:child_process";
import { readFileSync, globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatChatRemedy } from "../../../plugin/conversation/chat-remedy.ts";
import { formatCommand, formatRemedy, type Remedy, suggest } from "../../../registry-helper/model/remedy.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

describe("formatRemedy", () => {
  it.each<[Remedy, string]>([
    [{}, ""],
    [{ hint: "wait" }, "wait"],
    [{ commands: [suggest("list")] }, "clawtask list"],
    [{ hint: "look at it", commands: [suggest("show", "r-1")] }, "look at it: clawtask show r-1"],
    [
      { commands: [suggest("retry", "r", "a"), suggest("skip", "r", "a")] },
      "clawtask retry r a, or: clawtask skip r a",
    ],
    [{ hint: "write it, or", commands: [suggest("fail", "r")] }, "write it, or: clawtask fail r"],
  ])("renders %j", (remedy, text) => {
    expect(formatRemedy(remedy)).toBe(text);
  });

  it.each([
    "plain",
    "two words",
    "it's",
    'say "yes"',
    "$HOME and `id`",
    "a\nb",
    "-dash",
    "semi;colon && more | less > out",
    "back\\slash",
    "",
    "*",
    "!history",
  ])("quotes %j so that a shell passes it on unchanged", (word) => {
    const line = formatCommand(suggest("x", word), "printf '%s\\0'");
    expect(execFileSync("sh", ["-c", line], { encoding: "utf8" }).split("\0")).toEqual(["x", word, ""]);
  });

  it("leaves a placeholder for the reader to fill in", () => {
    expect(formatCommand(suggest("fork", "r", "--from", "<node>"))).toBe("clawtask fork r --from <node>");
    expect(formatCommand(suggest("claim", "r", "<node id>"))).toBe('clawtask claim r "<node id>"');
  });
});

describe("formatChatRemedy", () => {
  it.each<[Remedy, string]>([
    [{ commands: [suggest("tasks list")] }, "/tasks"],
    [{ commands: [suggest("tasks show", "t-1", "--context")] }, "/tasks show t-1"],
    [
      { commands: [suggest("tasks retry", "t-1"), suggest("tasks dismiss", "t-1")] },
      "/tasks retry t-1, or: /tasks dismiss t-1",
    ],
    [{ commands: [suggest("repair", "r-1")] }, "clawtask repair r-1"],
    [{ hint: "answer it here" }, "answer it here"],
    [
      { hint: "choose another --run-id", scope: "command line", commands: [suggest("next", "r-1")] },
      "clawtask next r-1",
    ],
  ])("renders %j", (remedy, text) => {
    expect(formatChatRemedy(remedy, "/tasks")).toBe(text);
  });
});

describe("errors", () => {
  const sources = ["registry-helper", "plugin"].flatMap((folder) => globSync(`${ROOT}${folder}/**/*.{ts,tsx}`));

  it("carry no sentence with a command in it", () => {
    const bad = sources.flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/\b(next|hint): ["`].*\bclawtask [a-z-]+.*$/gm)].map(
        ([line]) => `${path.slice(ROOT.length)}: ${line}`,
      ),
    );
    expect(bad.filter((line) => !/clawtask serve printed|start the server/.test(line))).toEqual([]);
  });

  it("are never read by a regular expression", () => {
    const surfaces = [
      "registry-helper/cli/main.ts",
      "plugin/dashboard/api/error-advice.ts",
      "plugin/conversation/chat-remedy.ts",
    ];
    for (const path of surfaces)
      expect(readFileSync(`${ROOT}${path}`, "utf8")).not.toMatch(/\.(replace|match|split|test|exec)\(/);
  });
});
