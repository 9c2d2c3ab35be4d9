/**
 * Text that is run as code. A method that is called `eval` is something else: it is declared with a body, or called on an
 * object.
 */
const FORMS = [
  /\bnew\s+Function\b/g,
  /(?<![\w$.])Function\s*\(\s*["'`]/g,
  /(?<![\w$.])eval\s*\((?![^()]*\)\s*\{)/g,
  /\(\s*0\s*,\s*(?:globalThis\.|window\.)?eval\s*\)/g,
  /\b(?:globalThis|window|self|global)\.(?:eval|Function)\s*\(/g,
];
/** How much of the place is shown. */
const SHOWN = 60;

/** The places of a bundle at which code is made of text, one excerpt each. */
export function findGeneratedCode(bundle: string): string[] {
  return FORMS.flatMap((form) =>
    [...bundle.matchAll(form)].map(({ index }) => bundle.slice(index, index + SHOWN).replace(/\s+/g, " ")),
  );
}
