import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DOCUMENTED_COMMANDS } from "../../../registry-helper/cli/help/help.ts";
import { HELPER_FILE, useSandbox } from "../../support/registry-sandbox.ts";

/** Verbs that make a registry, and those that look at none. */
const MAKING = ["scaffold", "workflow new", "flows create", "doctor"];
/** What a verb needs to get as far as the registry. */
const ARGUMENTS = ["r1", "a", "b"];

const READING = DOCUMENTED_COMMANDS.filter((name) => !MAKING.includes(name));

describe("a registry root that is not there", () => {
  it.each(READING)("is said to be missing by %s, and is not made", (name) => {
    const sandbox = useSandbox();
    const missing = sandbox.path("typo");
    const found = [0, 1, 2, 3].map((count) =>
      sandbox.call({
        rooted: false,
        args: ["--registry-root", missing, ...name.split(" "), ...ARGUMENTS.slice(0, count)],
      }),
    );
    // With the right number of words it is no mistake of usage, unless an option is required as well.
    expect(found.some(({ code }) => code === 0)).toBe(false);
    const beyondUsage = found.filter(({ code }) => code === 1);
    for (const { stderr } of beyondUsage) expect(stderr).toContain("registry_not_found");
    expect(existsSync(missing)).toBe(false);
  });

  it("is not well to doctor", () => {
    const sandbox = useSandbox();
    const result = sandbox.call({ rooted: false, args: ["--registry-root", sandbox.path("typo"), "doctor"] });
    expect(result.code).toBe(1);
    expect(result.stdout).toContain("is not there");
  });
});

describe("a current directory that is no registry", () => {
  it.each(["list", "attention", "verify", "tasks list", "flows list"])(
    "is not taken for an empty one by %s",
    (name) => {
      const sandbox = useSandbox();
      mkdirSync(sandbox.path("project/runs/exp1"), { recursive: true });
      writeFileSync(sandbox.path("project/runs/exp1/model.pt"), "");
      const result = sandbox.call({ rooted: false, cwd: sandbox.path("project"), args: name.split(" ") });
      expect(result).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toContain("registry_not_found");
      // Named, it is an empty one.
      expect(
        sandbox.call({ rooted: false, args: ["--registry-root", sandbox.path("project"), ...name.split(" ")] }).code,
      ).toBe(0);
    },
  );
});

describe("a current directory that was removed", () => {
  it.each([["list"], ["verify"], ["attention"], ["progress", "r1", "x"], ["doctor"]])(
    "does not matter to %s where the registry is named in full",
    (...args) => {
      const sandbox = useSandbox();
      const inRemovedFolder = (root: string): string => {
        const gone = sandbox.path("gone");
        mkdirSync(gone);
        const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
        const command = [process.execPath, HELPER_FILE, "--registry-root", root, ...args];
        const { stdout, stderr } = spawnSync("sh", ["-c", script, "sh", gone, ...command], { encoding: "utf8" });
        return stdout + stderr;
      };
      const named = inRemovedFolder(sandbox.root);
      expect(named).not.toMatch(/uv_cwd|internal|not there any more/);
      expect(inRemovedFolder("reg")).toContain("code: invalid_path");
    },
  );
});
