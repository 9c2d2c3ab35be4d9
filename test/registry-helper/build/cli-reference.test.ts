import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { withReference } from "../../../registry-helper/build/cli-reference.ts";
import { DOCUMENTED_COMMANDS } from "../../../registry-helper/cli/help/help.ts";
import { lazyCommands } from "../../../registry-helper/cli/lazy-commands.ts";
import { startupCommands } from "../../../registry-helper/cli/startup-commands.ts";

it("docs/cli.md matches the commands' help (if not, run npm run generate)", () => {
  const text = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
  expect(withReference(text)).toBe(text);
});

it("every command is documented", () => {
  const names = [...Object.keys(startupCommands), ...Object.keys(lazyCommands)];
  expect(names.filter((name) => !DOCUMENTED_COMMANDS.includes(name))).toEqual([]);
});
