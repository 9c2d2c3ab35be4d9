/** The words of a text as the index has them: letters and digits, without case and accents (FTS5's unicode61). */
export function searchWords(text: string): string[] {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}

/** Whether a text has, for each word that is searched, one that begins so. */
export function matchesWords(text: string, search: string): boolean {
  const words = searchWords(text);
  const wanted = searchWords(search);
  return wanted.length > 0 && wanted.every((one) => words.some((word) => word.startsWith(one)));
}
