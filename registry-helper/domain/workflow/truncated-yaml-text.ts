import { isScalar } from "yaml";

/** How text that YAML reads in its own way is written so that it stays text. */
export const QUOTING_ADVICE = 'Text with "#", ": ", "{{" or "@" goes in quotes, or below "|" as in prompt: |';

/** Keys whose values are sentences for people and agents, in which " #" is meant. */
export const TRUNCATABLE_KEYS: ReadonlySet<string> = new Set(["prompt", "title", "question", "description"]);

/**
 * Plain text ends at " #", since YAML takes the rest for a comment: of a prompt half would be gone in silence. Behind
 * quotes, or on a line of its own, a comment is meant as one.
 */
export function findTruncatedText(value: unknown, key: string): { at: number; text: string } | undefined {
  if (!isScalar(value) || value.type !== "PLAIN" || value.range == null || value.source === undefined) return undefined;
  const comment = value.comment?.split("\n", 1)[0];
  if (comment === undefined || comment === null) return undefined;
  return {
    at: value.range[1],
    text: `${key} ends before " #${shortened(comment)}", which YAML takes for a comment. ${QUOTING_ADVICE}`,
  };
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
