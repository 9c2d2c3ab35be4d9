import { ClawTaskError } from "./errors.ts";

/**
 * Normalizes a path inside a run as OpenTask does and refuses one that leaves it.
 *
 * @throws ClawTaskError `invalid_path`
 */
export function normalizeRunPath(path: string): string {
  const fail = (message: string): never => {
    throw new ClawTaskError("invalid_path", {
      message,
      remedy: { hint: "give a path inside the run, such as nodes/<node id>/report.md" },
    });
  };
  const candidate = path.trim().replaceAll("\\", "/").replace(/^\.\//, "");
  if (candidate === "" || candidate.includes("\0")) return fail("path must not be empty");
  if (candidate.startsWith("/") || /^[a-z]:\//i.test(candidate)) return fail(`path must be relative: ${path}`);
  if (candidate.split("/").includes("..")) return fail(`path must not escape the run directory: ${path}`);
  return candidate;
}

/** Whether two names or paths are the same to a reader: accents may be encoded composed or decomposed. */
export function isSameName(one: string, other: string): boolean {
  return toComparableName(one) === toComparableName(other);
}

/** A name or path in the encoding in which names are compared. */
export function toComparableName(name: string): string {
  return name.normalize("NFC");
}
