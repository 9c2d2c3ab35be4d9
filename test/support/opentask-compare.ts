/** Keys that only we write, and what differs between any two runs of the same commands. */
const OURS = new Set([
  "clawtask",
  "seq",
  "value",
  "snapshot",
  "schema",
  "implied",
  "missingArtifacts",
  "warnings",
  "delivery",
  "lastMessage",
  "attempts",
  "blockedBy",
  "workflowVersion",
  "evidence",
  "asked",
]);
const TIMES = /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/;

function comparable(value: unknown, root: string): unknown {
  if (typeof value === "string") return TIMES.test(value) ? "<time>" : value.replaceAll(root, "<root>");
  if (Array.isArray(value)) return value.map((item) => comparable(item, root));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (OURS.has(key) ? [] : [[key, comparable(item, root)]])),
  );
}

/** The same with the order of keys, which JSON.stringify keeps. `statusCounts` has a random order there. */
export function ordered(value: unknown, root: string): string {
  return JSON.stringify(comparable(value, root), (key, item: unknown) =>
    key === "statusCounts" ? Object.entries(item as object).sort() : item,
  );
}
