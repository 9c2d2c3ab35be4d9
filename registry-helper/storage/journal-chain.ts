import { sha256 } from "../model/hash.ts";
import { isJsonObject, parseJson, toJsonLine } from "../model/json.ts";

/**
 * What makes a change of a journal visible that nobody made through it: each line ends in `prev`, the hash of the line
 * before it, and `sum`, its own. A flipped bit or an edited word is found in its own line; a line that was removed,
 * added or moved is found by the one behind it. Found, not prevented: whoever can write the file can also hash.
 *
 * A line without a hash was written by an older version or by another tool. It counts, and the next line of ours takes
 * its hash up. A line whose `sum` is called `was` had been changed and was accepted by a person as it stands.
 */
const SEAL = /, "prev": "([\w-]*)", "(sum|was)": "([\w-]{12})"\}$/;
/** What is left of a seal in which a bit was flipped: no line of anybody else ends so. */
const BROKEN_SEAL = /, "prev": "[^"]*", "[^"]*": "[^"]*"\}$|, "(?:prev|sum|was)": "[^"]*"\}$/;
const SUM_LENGTH = 12;
/** From the end of a sealed line back to its key `sum`: `sum": "123456789012"}`. */
const SUM_KEY_FROM_END = SUM_LENGTH + 9;

/** The link that the first line of a journal has: there is nothing before it. */
export const CHAIN_START = "";

type Seal = { kind: "sealed" | "accepted"; prev: string; sum: string } | { kind: "none" | "broken" };

function readSeal(text: string): Seal {
  const found = SEAL.exec(text);
  if (found === null) return { kind: BROKEN_SEAL.test(text) ? "broken" : "none" };
  const [, prev = "", key, sum = ""] = found;
  return { kind: key === "sum" ? "sealed" : "accepted", prev, sum };
}

function hashOf(text: string): string {
  return sha256(text).slice(0, SUM_LENGTH);
}

/** What a line's `sum` covers: everything before it, so also the link to the line before. */
function coveredBySum(text: string): string {
  return text.slice(0, -SUM_KEY_FROM_END - 3);
}

/** The lines of events as they are appended, each with its newline, and the hash that the next line goes on from. */
export function sealLines(events: readonly object[], last: string): { lines: string[]; last: string } {
  let link = last;
  const lines = events.map((event) => {
    const sealed = sealText(toJsonLine(withoutSeal(event)), link);
    link = sealed.sum;
    return `${sealed.text}\n`;
  });
  return { lines, last: link };
}

/** A line with the seal that it has in its place; one that it has had elsewhere is taken off. */
export function sealText(text: string, prev: string): { text: string; sum: string } {
  const covered = `${withoutSealText(text).slice(0, -1)}, "prev": "${prev}"`;
  const sum = hashOf(covered);
  return { text: `${covered}, "sum": "${sum}"}`, sum };
}

/** A line as it was before it was written. */
export function withoutSealText(text: string): string {
  return readSeal(text).kind === "none" ? text : text.replace(SEAL, "}").replace(BROKEN_SEAL, "}");
}

/** An event as it was before it was written. */
export function withoutSeal<Event extends object>(event: Event): Event {
  if (!("prev" in event || "sum" in event || "was" in event)) return event;
  const {
    prev: _prev,
    sum: _sum,
    was: _was,
    ...rest
  } = event as Event & { prev?: unknown; sum?: unknown; was?: unknown };
  return rest as unknown as Event;
}

/** What is wrong with a line by itself, in words; undefined when it is as it was written, or does not say. */
export function findLineDamage(text: string): string | undefined {
  const seal = readSeal(text);
  const isWhole = seal.kind === "sealed" ? hashOf(coveredBySum(text)) === seal.sum : seal.kind !== "broken";
  return isWhole ? undefined : "was changed after it was written: its hash does not fit";
}

/** Whether a person took this line over as it stands, with what is missing before it. */
export function isAccepted(text: string): boolean {
  return readSeal(text).kind === "accepted";
}

/** Whether this line can say by itself that it is as it was written. */
export function isSealed(text: string): boolean {
  return readSeal(text).kind === "sealed";
}

/**
 * How a line is marked as accepted: bytes to write, counted from the line's end. Nothing moves, and the lines behind it
 * still follow on it. Undefined for one whose seal cannot be told any more.
 */
export function acceptanceOf(text: string): { fromEnd: number; bytes: string } | undefined {
  return readSeal(text).kind === "sealed" ? { fromEnd: SUM_KEY_FROM_END, bytes: "was" } : undefined;
}

/** Follows the lines of a journal that count, and says where one does not follow on the one before it. */
export class JournalChain {
  private link: string | undefined;
  private isLoose = false;

  /** @param last the hash of the line before; undefined when that is not known */
  constructor(last: string | undefined) {
    this.link = last;
  }

  /** The hash that the next line goes on from; undefined when it is not known. */
  get last(): string | undefined {
    return this.link;
  }

  /** Takes a line that counts. What is wrong with its place, in words. */
  follow(text: string): string | undefined {
    const seal = readSeal(text);
    const isNext = seal.kind !== "sealed" || this.isLoose || this.link === undefined || seal.prev === this.link;
    this.link = seal.kind === "sealed" || seal.kind === "accepted" ? seal.sum : hashOf(text);
    this.isLoose = false;
    return isNext ? undefined : "does not follow on the line before it: lines were removed, added or moved";
  }

  /** A line stood here that is not there any more: what follows may go on from it. */
  loosen(): void {
    this.isLoose = true;
  }
}

/**
 * Whether the bytes behind a journal's last newline are a whole line whose newline was damaged, and not what a killed
 * writer left: that has no byte behind the end of the line.
 */
export function isLineWithoutEnd(tail: Buffer): boolean {
  if (tail.length < 2 || tail.at(-1) === 0) return false;
  const text = tail.toString("utf8", 0, tail.length - 1);
  try {
    return isJsonObject(parseJson(text)) && findLineDamage(text) === undefined;
  } catch {
    return false;
  }
}
