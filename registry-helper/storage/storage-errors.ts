import { basename, dirname } from "node:path";
import { ClawTaskError, getErrorMessage, isClawTaskError } from "../model/errors.ts";
import { type Remedy, suggest } from "../model/remedy.ts";
import { getErrno } from "./file-system.ts";

/** Turns a failed system call into a coded error that says what to do; anything else passes through. */
export function storageError(error: unknown, what: string): unknown {
  if (isClawTaskError(error)) return error;
  const errno = getErrno(error);
  const cause = error;
  switch (errno) {
    case "ENOSPC":
    case "EDQUOT":
      return new ClawTaskError("disk_full", {
        message: `${what}: no space left on the disk`,
        remedy: { hint: "free some space and repeat the command; nothing was half-written" },
        cause,
      });
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new ClawTaskError("registry_unwritable", {
        message: `${what}: ${errno}, the registry is not writable`,
        remedy: { commands: [suggest("doctor")] },
        cause,
      });
    case "ELOOP":
      return new ClawTaskError("invalid_path", {
        message: `${what}: refusing to follow a symbolic link`,
        remedy: { hint: "replace the link by a real file or folder" },
        cause,
      });
    case "ENOTDIR":
    case "EISDIR":
      return new ClawTaskError("registry_unreadable", {
        message: `${what}: ${errno}, a file stands where a folder belongs or the other way round`,
        remedy: { commands: [suggest("doctor")] },
        cause,
      });
    case "EIO":
    case "ESTALE":
    case "EMFILE":
    case "ENFILE":
      return new ClawTaskError("registry_unreadable", {
        message: `${what}: ${errno}`,
        remedy: { commands: [suggest("doctor")] },
        cause,
      });
    default:
      return isSystemError(error) ? failedCall(error as Error, what) : error;
  }
}

/** Any other answer of the operating system, such as a folder that vanished in the middle of a change. */
function failedCall(error: Error, what: string): ClawTaskError {
  return new ClawTaskError("registry_unreadable", {
    message: `${what}: ${error.message}`,
    remedy: { commands: [suggest("doctor")] },
    cause: error,
  });
}

/** An error of a call to the file system; errors of programs have codes of their own (`ERR_...`). */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && /^E[A-Z0-9]+$/.test(getErrno(error) ?? "");
}

/**
 * What keeps one record of many from being read, for loops that go on with the others. Whatever it is: a record that
 * makes code fail in a way that nobody thought of must not take the others with it.
 */
export function unreadableError(thrown: unknown, what: string): ClawTaskError {
  const error = storageError(thrown, what);
  if (isClawTaskError(error)) return error;
  return new ClawTaskError("registry_unreadable", {
    message: `${what}: ${getErrorMessage(error)}`,
    remedy: { commands: [suggest("doctor")] },
    cause: error,
  });
}

/** What helps against a damaged journal: a run or a flow is repaired by its id, a day of the ledger by maintenance. */
export function repairRemedy(path: string): Remedy {
  const hint = "see what can be saved; nothing is changed yet";
  const isLedger = basename(path) !== "events.jsonl";
  return { hint, commands: [isLedger ? suggest("tasks maintenance") : suggest("repair", basename(dirname(path)))] };
}
