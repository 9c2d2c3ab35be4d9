import { RE2JS } from "re2js";
import { getErrorMessage } from "../../../model/errors.ts";

/** Longest pattern that is used. */
const MAX_PATTERN_LENGTH = 1_000;

/** A pattern of a schema, matched in a time that grows with the length of the text and no faster. */
export interface LinearPattern {
  /** Whether it occurs anywhere in the text, as JSON Schema has it. */
  test(text: string): boolean;
}

/**
 * Compiles a pattern of a workflow. JavaScript's own expressions may take longer than the universe for forty characters;
 * these are matched without going back. What needs that (looking around, references to groups) is refused.
 *
 * @throws Error in words, when the pattern cannot be used
 */
export function compilePattern(source: string): LinearPattern {
  if (source.length > MAX_PATTERN_LENGTH)
    throw new Error(`a pattern has more than ${MAX_PATTERN_LENGTH} characters: ${source.slice(0, 40)}...`);
  try {
    const pattern = RE2JS.compile(RE2JS.translateRegExp(source));
    return { test: (text) => pattern.matcher(text).find() };
  } catch (error) {
    const why = getErrorMessage(error).replace(/^error parsing regexp: /, "");
    throw new Error(`the pattern ${source} cannot be used: ${why}`, { cause: error });
  }
}
