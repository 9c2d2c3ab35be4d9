/** Of a declared file that an earlier attempt left and the present one did not write. */
export const NOT_WRITTEN = "not written since the attempt started";

/** What is missing of a node's declared files, as a clause: `a.md is not there, b.md was not written ...`. */
export function formatMissingFiles(missing: readonly string[], stale: readonly string[]): string {
  const absent = missing.filter((path) => !stale.includes(path));
  const parts = [
    absent.length === 0 ? [] : `${absent.join(", ")} ${absent.length === 1 ? "is" : "are"} not there`,
    stale.length === 0 ? [] : `${stale.join(", ")} ${stale.length === 1 ? "was" : "were"} ${NOT_WRITTEN}`,
  ];
  return parts.flat().join("; ");
}
