/** Longest word that is compared: a key of thousands of characters is no slip of the pen. */
const MAX_COMPARED_LENGTH = 40;

/**
 * The known word that somebody most likely meant; undefined when none is close.
 *
 * @example closestWord("retrys", ["retries", "needs"]) // "retries"
 */
export function closestWord(written: string, known: readonly string[]): string | undefined {
  if (written.length > MAX_COMPARED_LENGTH) return undefined;
  const plain = toPlain(written);
  let best: { word: string; distance: number } | undefined;
  for (const word of known) {
    const distance = editDistance(plain, toPlain(word));
    if (distance <= Math.max(1, Math.floor(word.length / 3)) && distance < (best?.distance ?? Infinity))
      best = { word, distance };
  }
  return best?.word;
}

/** `wait_for`, `wait-for` and `WaitFor` are `waitfor`. */
function toPlain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

/** How many letters have to be added, dropped, changed or swapped with their neighbor. */
function editDistance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    const above = rows[i - 1] ?? [];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        cost = Math.min(cost, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}
