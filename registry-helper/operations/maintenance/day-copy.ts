import { constants } from "node:fs";
import { type FileSystem, openFile } from "../../storage/file-system.ts";
import { CHAIN_START, JournalChain, sealText } from "../../storage/journal-chain.ts";
import { isVoidLine, type JournalLine } from "../../storage/journal-file.ts";
import { readLedgerEvent } from "../../storage/ledger-operations.ts";
import { OperationBounds } from "../../storage/operation-span.ts";

const CHUNK_BYTES = 1024 * 1024;

/** In the place of a link to a line that is not there: what was missing before stays missing, and is said so. */
const LOST_LINK = "lost";

/**
 * A day's file that takes the place of another: the lines that stay, hashed as a chain of their own. A break in the old
 * chain is kept, unless the line behind it is replaced: rewriting must not hide what happened to the file.
 */
export class DayCopy {
  private readonly fs: FileSystem;
  private readonly from: string;
  private readonly to: string;
  private readonly old = new JournalChain(CHAIN_START);
  private readonly bounds = new OperationBounds<undefined>();
  private seq = 0;
  private last = CHAIN_START;
  private waiting: string[] = [];
  private waitingLength = 0;

  constructor(fs: FileSystem, from: string, to: string) {
    this.fs = fs;
    this.from = from;
    this.to = to;
  }

  /** @param edit what becomes of the line; it stays without one */
  take(line: JournalLine, edit?: { text?: string }): void {
    const event = readLedgerEvent(this.from, line, () => undefined);
    if (event === undefined) {
      if (!isVoidLine(line.text)) this.old.loosen();
      this.bounds.forget();
      if (edit === undefined) this.write(line.text);
      else if (edit.text !== undefined) this.seal(edit.text, this.last);
      return;
    }
    // A line that does not count has no place in the chain.
    if (this.bounds.isVoid(event, line.start, this.seq)) return this.write(line.text);
    this.seq = event.seq;
    const isNext = this.old.follow(line.text) === undefined;
    if (edit === undefined) this.seal(line.text, isNext ? this.last : LOST_LINK);
    else if (edit.text !== undefined) this.seal(edit.text, this.last);
  }

  /** Writes what was taken, durably. */
  flush(): void {
    copyInto(this.fs, this.from, this.to, this.waiting);
    this.waiting = [];
    this.waitingLength = 0;
  }

  private seal(text: string, link: string): void {
    const sealed = sealText(text.trimEnd(), link);
    this.last = sealed.sum;
    this.write(sealed.text);
  }

  private write(text: string): void {
    this.waiting.push(`${text}\n`);
    this.waitingLength += text.length;
    if (this.waitingLength > CHUNK_BYTES) this.flush();
  }
}

/** Appends ranges of one file, and texts, to another, and flushes it. */
export function copyInto(
  fs: FileSystem,
  from: string,
  to: string,
  pieces: readonly ([number, number] | string)[],
): void {
  const source = openFile(fs, from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const target = openFile(fs, to, flags);
    try {
      for (const piece of pieces) {
        if (typeof piece === "string") writeAll(fs, target, Buffer.from(piece));
        else copyRange(fs, source, target, piece);
      }
      fs.fsyncSync(target);
    } finally {
      fs.closeSync(target);
    }
  } finally {
    fs.closeSync(source);
  }
}

function copyRange(fs: FileSystem, source: number, target: number, [start, end]: [number, number]): void {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - start));
  for (let at = start; at < end;) {
    const bytes = fs.readSync(source, chunk, 0, Math.min(chunk.length, end - at), at);
    if (bytes === 0) throw Object.assign(new Error("the file became shorter while it was copied"), { code: "EIO" });
    writeAll(fs, target, chunk.subarray(0, bytes));
    at += bytes;
  }
}

function writeAll(fs: FileSystem, target: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(target, bytes, at);
}
