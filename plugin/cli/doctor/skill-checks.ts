import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Check, version } from "../../../registry-helper/internal.ts";
import type { OpenClawPaths } from "./openclaw-paths.ts";

const VERSION_TIMEOUT_MS = 10_000;

/** Which skill agents read, and whether the helper in it is of this version. */
export function skillChecks(hostPaths: OpenClawPaths, env: NodeJS.ProcessEnv, packageRoot: string): Check[] {
  return [checkPackaged(packageRoot), checkInstalled(hostPaths, env)];
}

function checkPackaged(packageRoot: string): Check {
  const check = "packaged helper";
  const found = helperVersion(join(packageRoot, "skills", "clawtask"));
  if (found === version) return { check, ok: true, found };
  return {
    check,
    ok: false,
    found: found === undefined ? "it does not start" : `it is ${found}, this command is ${version}`,
    fix: "npm install -g clawtask",
  };
}

/** A skill in a shared folder goes before the plugin's own: an old one there keeps agents on old words. */
function checkInstalled({ stateDir }: OpenClawPaths, env: NodeJS.ProcessEnv): Check {
  const check = "skill";
  const shared = [join(env["HOME"] ?? homedir(), ".agents", "skills"), join(stateDir, "skills")];
  const folders = [...shared, join(stateDir, "plugin-skills")].filter((folder) => existsSync(join(folder, "clawtask")));
  for (const folder of folders) {
    const found = helperVersion(join(folder, "clawtask"));
    if (found !== undefined && !isOlder(found, version)) continue;
    const what = found === undefined ? "its helper does not start" : `it is ${found}, older than this ${version}`;
    const update = "openclaw plugins update clawtask && openclaw gateway restart";
    const fix = shared.includes(folder) ? `clawtask install-skill --dir ${folder}` : update;
    return { check, ok: false, found: `${join(folder, "clawtask")}: ${what}`, fix };
  }
  const [first] = folders;
  if (first !== undefined) return { check, ok: true, found: join(first, "clawtask") };
  const fix = `openclaw gateway start (the plugin brings it), or clawtask install-skill --dir ${join(stateDir, "skills")}`;
  return { check, ok: false, found: "not installed", fix };
}

function helperVersion(skill: string): string | undefined {
  const script = join(skill, "scripts", "clawtask.cjs");
  const { status, stdout } = spawnSync(process.execPath, [script, "--version"], {
    encoding: "utf8",
    timeout: VERSION_TIMEOUT_MS,
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** By the numbers of both; what stands behind them does not count. */
export function isOlder(one: string, other: string): boolean {
  const numbers = (text: string): number[] => (text.split("-")[0] ?? "").split(".").map(Number);
  const [left, right] = [numbers(one), numbers(other)];
  const at = right.findIndex((part, index) => part !== (left[index] ?? 0));
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}
