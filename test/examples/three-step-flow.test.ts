import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { useTempFolder } from "../plugin/support/temp-folder.ts";
import { useSandbox } from "../support/registry-sandbox.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** The example as a user has it: in a folder of theirs, with the package and tsx installed. */
function installed(): string {
  const folder = useTempFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules", "clawtask"));
  symlinkSync(realpathSync(join(PACKAGE, "node_modules", "tsx")), join(folder, "node_modules", "tsx"));
  copyFileSync(join(PACKAGE, "docs", "examples", "three-step-flow.ts"), join(folder, "three-step-flow.ts"));
  return folder;
}

it("runs three steps with an external wait, continued by a new process", () => {
  const sandbox = useSandbox();
  const folder = installed();
  const start = (...more: string[]): { flowId: string; status: string; step: string; result: string | null } => {
    const child = spawnSync(process.execPath, ["--import", "tsx", "three-step-flow.ts", sandbox.root, ...more], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(child.stderr).toBe("");
    return JSON.parse(child.stdout) as ReturnType<typeof start>;
  };

  const asked = start();
  expect(asked).toMatchObject({ status: "waiting", step: "ask", result: null });
  expect(sandbox.ok("flows", "show", asked.flowId).stdout).toContain(
    "waiting on event folder-chosen: which folder? (since",
  );
  expect(start()).toEqual(asked);

  const ended = start("2026/05");
  expect(ended).toMatchObject({ flowId: asked.flowId, status: "succeeded", result: "2 invoices are in 2026/05" });
  expect(start("2026/05")).toEqual(ended);
  expect(sandbox.ok("flows", "show", asked.flowId, "--json").json).toMatchObject({
    outputs: ["invoices", "folder"],
    flow: { output: { invoices: [{ id: "2026-0501" }, { id: "2026-0502" }] }, delivery: { state: "pending" } },
  });
  expect(sandbox.ok("verify").stdout).toContain("1 flow");
});
