/**
 * Sees to the browser of the dashboard's tests: Debian's Chromium is installed when there is none, it is not named in
 * CLAWTASK_CHROMIUM, and this user may. Called by `npm test`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { CHROMIUM } from "../../support/chromium.ts";

const STEPS = [["update"], ["install", "-y", "--no-install-recommends", "chromium"]];

function install(): boolean {
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return STEPS.every((words) => spawnSync("apt-get", words, { stdio: "inherit", env }).status === 0);
}

if (!existsSync(CHROMIUM) && !(install() && existsSync(CHROMIUM))) {
  console.error(`the browser tests need Chromium, and there is none at ${CHROMIUM}`);
  console.error("install it (apt-get install chromium), or name yours in CLAWTASK_CHROMIUM");
  process.exitCode = 1;
}
