import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openRegistryApi } from "../../registry-helper/api/open-registry.ts";
import { useTempFolder } from "../plugin/support/temp-folder.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = readFileSync(join(PACKAGE, "docs", "library.md"), "utf8");

it("runs the code of docs/library.md from top to bottom", () => {
  const folder = useTempFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules", "clawtask"));
  symlinkSync(realpathSync(join(PACKAGE, "node_modules", "tsx")), join(folder, "node_modules", "tsx"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const code = [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  writeFileSync(join(folder, "page.ts"), code.join("\n"));

  const args = ["--no-warnings", "--import", "tsx", "page.ts"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual([
    "dispatch work Say here what is to be done, with everything that a child needs to know.",
    "ready: approve",
    expect.stringMatching(/^A new workflow approve: Is the result good as it is\? clawtask .* next report-1$/),
    expect.stringMatching(/^A new workflow work completed without nodes\/work\/report\.md clawtask .* show report-1$/),
    "changed meanwhile: revision 2",
    "running: report-1",
  ]);
});

it("names every method in docs/library.md", () => {
  const groups = Object.entries(openRegistryApi({ root: useTempFolder() })) as [string, unknown][];
  const isGroup = (value: unknown): value is object => typeof value === "object" && value !== null;
  const expected = {
    registry: groups.filter(([, value]) => typeof value === "function").map(([name]) => name),
    ...Object.fromEntries(groups.flatMap(([name, value]) => (isGroup(value) ? [[name, Object.keys(value)]] : []))),
  };
  const rows = [...PAGE.matchAll(/^\| `(?:registry\.)?(\w+)` \| ((?:`\w+` ?)+) \|$/gm)];
  const listed = rows.map(([, group = "", names = ""]) => [group, names.match(/\w+/g)?.sort()]);
  expect(Object.fromEntries(listed)).toEqual(
    Object.fromEntries(Object.entries(expected).map(([group, names]) => [group, names.sort()])),
  );
});
