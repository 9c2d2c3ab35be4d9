import { fstatSync, realpathSync, statSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { ClawTaskError } from "../model/errors.ts";
import { quoteShellWord } from "../model/remedy.ts";
import { getErrno } from "../storage/file-system.ts";
import { sleepSync } from "../storage/process.ts";
import { BrokenPipe, type CliEnvironment } from "./main.ts";

/**
 * Writes to a file descriptor directly: the first use of `process.stdout` costs 2 to 4 ms of start-up.
 * A pipe that is full answers EAGAIN; then the rest waits for the reader.
 *
 * @throws BrokenPipe when nobody reads any more
 * @throws ClawTaskError `output_failed`
 */
function writeTo(fd: number): (text: string) => void {
  return (text) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        const code = getErrno(error) ?? String(error);
        if (code === "EPIPE") throw new BrokenPipe();
        if (code !== "EAGAIN") throw outputFailed(code);
        sleepSync(1);
      }
    }
  };
}

/** The registry is well: whatever was asked for has been done, and only the answer is missing. */
function outputFailed(code: string): ClawTaskError {
  return new ClawTaskError("output_failed", {
    message: `the command was carried out, but its answer could not be written (${code})`,
    remedy: { hint: "look at the state before you repeat it: a change is not undone by this" },
  });
}

/** What goes beside the answer is not worth an error. */
function writeAside(text: string): void {
  try {
    writeTo(2)(text);
  } catch {
    // There is nobody left to tell.
  }
}

/** `node:tty` would cost 1 ms to load; a terminal is a character device. */
function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Empty in a folder that was removed: what names all its paths in full works there as well. */
function currentFolder(): string {
  try {
    return realpathSync(process.cwd());
  } catch {
    return "";
  }
}

/** What programs get that are started without a terminal: a character device, too. */
function isNullDevice(fd: number): boolean {
  return process.platform !== "win32" && fstatSync(fd).rdev === statSync("/dev/null").rdev;
}

/** Only when both ends may be a terminal, it is asked for certain: that costs a command 5 ms. */
function isInteractive(): boolean {
  if (!isTerminal(0) || !isTerminal(1) || isNullDevice(0) || isNullDevice(1)) return false;
  const { isatty } = process.getBuiltinModule("node:tty");
  return isatty(0) && isatty(1);
}

/** The process as the command line sees it. */
export function processEnvironment(): CliEnvironment {
  const script = process.argv[1] ?? "clawtask";
  // The plugin names its own Node; the `node` of an agent's shell may be an older one.
  const node = process.env["CLAWTASK_NODE"] ? '"$CLAWTASK_NODE"' : "node";
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: currentFolder(),
    self: basename(script) === "clawtask" ? "clawtask" : `${node} ${quoteShellWord(script)}`,
    isTerminal: isTerminal(1),
    isInteractive,
    // Asked late: the first use of `process.stdout` costs more than most commands lay out.
    columns: () => (isTerminal(1) ? process.stdout.columns : undefined),
    out: writeTo(1),
    err: writeAside,
    progress: (text) => {
      if (isTerminal(2)) writeAside(text);
    },
  };
}
