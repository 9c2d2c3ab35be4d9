import { fstatSync, realpathSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { sleepSync } from "../storage/process.ts";
import type { CliEnvironment } from "./main.ts";

/**
 * Writes to a file descriptor directly: the first use of `process.stdout` costs 2 to 4 ms of start-up.
 * A pipe that is full answers EAGAIN; then the rest waits for the reader.
 */
function writeTo(fd: number): (text: string) => void {
  return (text) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === "EPIPE") return;
        if (code !== "EAGAIN") throw error;
        sleepSync(1);
      }
    }
  };
}

/** `node:tty` would cost 1 ms to load; a terminal is a character device. */
function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

/** The process as the command line sees it. */
export function processEnvironment(): CliEnvironment {
  const script = process.argv[1] ?? "clawtask";
  // The plugin names its own Node; the `node` of an agent's shell may be an older one.
  const node = process.env["CLAWTASK_NODE"] ? '"$CLAWTASK_NODE"' : "node";
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: realpathSync(process.cwd()),
    self: basename(script) === "clawtask" ? "clawtask" : `${node} ${script}`,
    isTerminal: isTerminal(1),
    out: writeTo(1),
    err: writeTo(2),
    progress: (text) => {
      if (isTerminal(2)) writeTo(2)(text);
    },
  };
}
