/**
 * Sees to it that the host has its native part. `npm ci` leaves it out on a machine whose own Node is older than the
 * one that comes with this package; without it the host cannot hand files over, and media jobs never end.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MODULES = new URL("../../../node_modules/", import.meta.url);
const optional = (
  JSON.parse(readFileSync(new URL("@openclaw/fs-safe/package.json", MODULES), "utf8")) as {
    optionalDependencies: Record<string, string>;
  }
).optionalDependencies;

/** `process.report` names the C library only where it is glibc. */
const isGlibc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;
const platform = `fs-safe-${process.platform}-${process.arch}`;
const libc = process.platform === "linux" ? (isGlibc === undefined ? "-musl" : "-gnu") : "";
const name = Object.keys(optional).find((one) => one.startsWith(`@openclaw/${platform}`) && one.endsWith(libc));

if (name !== undefined && !existsSync(new URL(name, MODULES))) {
  const args = ["install", "--no-save", "--no-audit", "--no-fund", `${name}@${optional[name] ?? "latest"}`];
  execFileSync("npm", args, { cwd: fileURLToPath(new URL("../../..", import.meta.url)), stdio: "inherit" });
}
