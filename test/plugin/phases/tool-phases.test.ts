import { describe, expect, it } from "vitest";
import { getTitleMeaning, getToolMeaning } from "../../../plugin/phases/tool-phases.ts";

const TOOLS: Record<string, readonly string[]> = {
  reading_context: [
    ..."read ls find grep glob memory_search memory_get sessions_history session_status image pdf".split(" "),
  ],
  researching: ["web_search", "web_fetch", "x_search", "browser"],
  planning: ["update_plan"],
  editing: ["write", "edit", "apply_patch", "image_generate", "video_generate", "music_generate"],
  summarizing: ["message", "sessions_send"],
};

describe("getToolMeaning", () => {
  it.each(Object.entries(TOOLS).flatMap(([phase, tools]) => tools.map((tool) => [tool, phase])))(
    "maps %s to %s",
    (tool, phase) => {
      expect(getToolMeaning(tool, undefined)).toEqual({ phase });
    },
  );

  it.each([
    ["sessions_yield", "waiting_dependency", "subagent"],
    ["ask_user", "waiting_user", "user_input"],
    ["ask_question", "waiting_user", "user_input"],
  ])("maps %s to a waiting agent: %s on %s", (tool, phase, blockReason) => {
    expect(getToolMeaning(tool, undefined)).toEqual({ phase, blockReason });
  });

  it.each(["sessions_spawn", "process", "something_new", "__proto__", "constructor", ""])(
    "maps %j to no phase",
    (tool) => {
      expect(getToolMeaning(tool, undefined).phase).toBeUndefined();
    },
  );
});

const COMMANDS: [string, string | undefined][] = [
  ["npm test", "testing"],
  ["npm run lint -- --fix", "testing"],
  ["cd app && npx vitest run", "testing"],
  ["pytest -q tests/", "testing"],
  ["cargo test", "testing"],
  ["go vet ./...", "testing"],
  ["make check", "testing"],
  ["tsc -p .", "testing"],
  ["cat README.md", "reading_context"],
  ["  ls -la", "reading_context"],
  ["git log -3", "reading_context"],
  ["git diff", "reading_context"],
  ["sed -n 1,5p x", "reading_context"],
  ["rg -n foo", "reading_context"],
  ["curl -s https://example.org", "researching"],
  ["gh issue list", "researching"],
  ["git commit -m x", "editing"],
  ["sed -i s/a/b/ x", "editing"],
  ["rm -r build", "editing"],
  ["git push", undefined],
  ["node server.js", undefined],
  ["sleep 5", undefined],
  ["catalog --all", undefined],
  ["", undefined],
];

describe("getToolMeaning for a command line", () => {
  it.each(COMMANDS)("maps %j to %s in each shell tool", (command, phase) => {
    for (const tool of ["exec", "bash", "shell"]) expect(getToolMeaning(tool, command).phase).toBe(phase);
  });

  it("ignores a missing command and the argument of another tool", () => {
    expect(getToolMeaning("exec", undefined).phase).toBeUndefined();
    expect(getToolMeaning("read", "npm test").phase).toBe("reading_context");
  });
});

describe("getTitleMeaning", () => {
  it.each<[string, string | undefined]>([
    ["Read src/index.ts", "reading_context"],
    ["`cat` README", "reading_context"],
    ["Search for usages", "researching"],
    ["grep foo", "researching"],
    ["Fetch https://example.org", "researching"],
    ["Edit src/a.ts", "editing"],
    ["Write file", "editing"],
    ["Delete build/", "editing"],
    ["Run tests", "testing"],
    ["Edit tests/a.test.ts", "editing"],
    ["Search for tests", "researching"],
    ["npm run build", "testing"],
    ["Think about it", "planning"],
    ["Terminal", undefined],
    ["", undefined],
  ])("maps %j to %s", (title, phase) => {
    expect(getTitleMeaning(title)).toEqual({ phase });
  });
});
