import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { withReference } from "../../../registry-helper/build/cli-reference.ts";
import { coldVerbs } from "../../../registry-helper/cli/lazy-commands.ts";
import { HELPED_VERBS } from "../../../registry-helper/cli/help/help.ts";
import { hotVerbs } from "../../../registry-helper/cli/startup-commands.ts";

it("docs/cli.md says what the commands take (else: npm run generate)", () => {
  const text = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
  expect(withReference(text)).toBe(text);
});

it("every command has help", () => {
  const names = [...Object.keys(hotVerbs), ...Object.keys(coldVerbs)];
  expect(names.filter((name) => !HELPED_VERBS.includes(name))).toEqual([]);
});
