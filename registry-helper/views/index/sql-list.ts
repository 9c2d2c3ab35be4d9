/** Words of our own as a list in SQL: `('failed', 'ambiguous')`. */
export function sqlList(words: readonly string[]): string {
  return `(${words.map((word) => `'${word}'`).join(", ")})`;
}
