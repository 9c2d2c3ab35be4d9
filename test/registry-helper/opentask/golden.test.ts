import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ordered } from "../../support/opentask-compare.ts";
import { useSandbox } from "../../support/registry-sandbox.ts";

/** Commands in order, with what OpenTask's own helper answered to each. */
const RECORDED = JSON.parse(readFileSync(new URL("fixtures/outputs.json", import.meta.url), "utf8")) as {
  args: string[];
  code: number;
  stdout: string;
  error: string;
}[];
const REGISTRY = JSON.parse(readFileSync(new URL("fixtures/registry.json", import.meta.url), "utf8")) as {
  files: Record<string, string>;
};

/** After a retry OpenTask keeps the old bindings (B5), and its counts differ from there on. */
const PARTS_WAYS_AT = RECORDED.findIndex(
  ({ args }) => args.join(" ") === "transition-node peer-1 review failed --message broken",
);

it("the golden commands give the same answers as OpenTask's helper", () => {
  expect(PARTS_WAYS_AT).toBeGreaterThan(10);
  const sandbox = useSandbox();
  sandbox.write("workflows/five.task.md", REGISTRY.files["workflows/five.task.md"] ?? "");
  for (const [index, { args, code, stdout, error }] of RECORDED.entries()) {
    const result = sandbox.cli(...args);
    const where = args.join(" ");
    expect(result.code, where).toBe(code);
    if (error !== "") expect(result.stderr.split("\n")[0], where).toBe(error);
    if (index >= PARTS_WAYS_AT || code === 2 || stdout === "") continue;
    expect(ordered(JSON.parse(result.stdout), sandbox.root), where).toBe(ordered(JSON.parse(stdout), "<root>"));
  }
});
