/**
 * The widths of text that is not plain Latin: loaded with the first such text, since most commands never see one.
 */
import { eastAsianWidth } from "get-east-asian-width";

const EMOJI = new RegExp("^\\p{RGI_Emoji}$", "v");
const INVISIBLE = /^(?:\p{Default_Ignorable_Code_Point}|\p{Control}|\p{Format}|\p{Mark}|\p{Surrogate})+$/u;
const EMOJI_VARIANT = /\ufe0f/;
/** Half-width voiced sound marks take a column of their own. */
const HALF_WIDTH_MARKS = /[\uff9e\uff9f]/g;

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as a reader counts them: an emoji of several code points is one. */
export function splitCharacters(text: string): string[] {
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes in a terminal. */
export function wideTextWidth(text: string): number {
  return splitCharacters(text).reduce((sum, character) => sum + characterWidth(character), 0);
}

/** Columns that one character takes, as `splitCharacters` gives it. */
export function characterWidth(character: string): number {
  if (INVISIBLE.test(character)) return 0;
  if (EMOJI.test(character) || EMOJI_VARIANT.test(character)) return 2;
  const marks = character.slice(1).match(HALF_WIDTH_MARKS)?.length ?? 0;
  return eastAsianWidth(character.codePointAt(0) ?? 0) + marks;
}
