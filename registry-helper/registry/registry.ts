import { resolve } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import type { EventOrigin } from "../model/event-origin.ts";
import type { ApprovalAccess } from "../model/node-policy.ts";
import { suggest } from "../model/remedy.ts";
import { type Micros, wallClock } from "../model/time.ts";
import { type FileSystem, realFileSystem, getErrno } from "../storage/file-system.ts";

/** An opened registry: where it is, and what it does I/O and time with. */
export interface Registry {
  /** Absolute, with links resolved. */
  root: string;
  fs: FileSystem;
  now: () => Micros;
  /** Where the changes come from that are made through this; each event says it. */
  origin?: EventOrigin | undefined;
  /** Of a process that lives on: throws when another registry, or none, is at the root now (`pinRegistry`). */
  pin?: { check(): void } | undefined;
  /** Who may answer approvals that say nothing themselves; unless given, what the registry's settings say. */
  approvals?: ApprovalAccess | undefined;
}

export function openRegistry(options: {
  root: string;
  fs?: FileSystem;
  now?: () => Micros;
  origin?: EventOrigin;
  approvals?: ApprovalAccess | undefined;
}): Registry {
  const { origin, approvals, fs = realFileSystem, now = wallClock } = options;
  return { root: realRoot(fs, options.root), fs, now, origin, approvals };
}

function realRoot(fs: FileSystem, root: string): string {
  try {
    return fs.realpathSync(root);
  } catch (error) {
    if (getErrno(error) === "ENOENT") return resolve(root);
    throw new ClawTaskError("registry_unreadable", {
      message: `the registry root cannot be read: ${root}`,
      remedy: { commands: [suggest("doctor")] },
      cause: error,
    });
  }
}
