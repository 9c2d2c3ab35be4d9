import { ClawTaskError } from "../../model/errors.ts";

/** The oldest Node whose SQLite has full-text search. */
export const MIN_NODE_FOR_INDEX = "22.16";

/** Whether a Node, by default this one, can keep an index at all. */
export function canIndex(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 16);
}

/** @throws ClawTaskError `node_too_old` */
export function loadSqlite(): typeof import("node:sqlite") {
  // Node prints a warning about node:sqlite being young on some releases; it is no news to the person here.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    if (canIndex()) return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new ClawTaskError("node_too_old", {
    message: `tasks need Node ${MIN_NODE_FOR_INDEX} or newer, this is ${process.versions.node}`,
    remedy: {
      hint: "call this helper with a newer Node, such as the one that runs OpenClaw; all about runs works with this one too",
    },
  });
}
