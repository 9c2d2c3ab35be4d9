import type { NodeAttempt, RunNode } from "../../../model/run-documents.ts";
import { plainText } from "../../../model/sanitize-text.ts";

/** How many earlier attempts a brief tells of, and how much of the words of each, in UTF-16 code units. */
const MAX_ATTEMPTS_TOLD = 10;
const MAX_WORDS_TOLD = 500;

/**
 * Why each earlier attempt at a node ended, oldest first, with the words as they were written. What was said when an attempt was asked for is
 * told with it; words by which an attempt was stopped for the next one are those of the next one.
 */
export function listEarlierReasons({ attempts = [], retry }: Pick<RunNode, "attempts" | "retry">): string[] {
  const lines = attempts.flatMap((one, index) => {
    const next = index + 1 < attempts.length ? attempts[index + 1]?.retry : retry;
    return describeEnd(one, next) ?? [];
  });
  const left = lines.length - MAX_ATTEMPTS_TOLD;
  return left <= 0 ? lines : [`${left} earlier attempts are told by \`show\``, ...lines.slice(left)];
}

function describeEnd(
  { attempt, lastMessage, reason, retry }: NodeAttempt,
  next: string | undefined,
): string | undefined {
  const asked = retry === undefined ? "" : ` (asked for with ${quote(retry)})`;
  if (lastMessage !== undefined && lastMessage !== next)
    return `attempt ${attempt}${asked} ended with ${quote(lastMessage)}`;
  const words = lastMessage === undefined ? reason?.replaceAll("_", " ") : "being stopped for the next one";
  return words === undefined && asked === ""
    ? undefined
    : `attempt ${attempt}${asked} ended${words === undefined ? "" : ` with ${words}`}`;
}

function quote(words: string): string {
  return `"${plainText(words, MAX_WORDS_TOLD)}"`;
}
