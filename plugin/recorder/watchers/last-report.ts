import { closeSync, readSync } from "node:fs";
import { findInside, openFile, realFileSystem, type RunState } from "../../../registry-helper/internal.ts";

/** Longest part of a report that is read for a notice, in bytes. */
const REPORT_BYTES = 16 * 1024;

/** The report of the node that finished last and left one: what the person asked for. */
export function lastReport(folder: string, state: RunState): string | undefined {
  const finished = state.nodes
    .filter((node) => node.status === "completed" && node.completedAt !== null)
    .sort((one, other) => (other.completedAt ?? "").localeCompare(one.completedAt ?? ""));
  for (const node of finished) {
    const path = node.artifactPaths.find((artifact) => artifact.endsWith(".md"));
    const text = path === undefined ? undefined : readHead(folder, path);
    if (text !== undefined && text.trim() !== "") return text;
  }
  return undefined;
}

function readHead(folder: string, path: string): string | undefined {
  try {
    const real = findInside(realFileSystem, folder, path);
    if (real === undefined) return undefined;
    const fd = openFile(realFileSystem, real);
    try {
      const bytes = Buffer.alloc(REPORT_BYTES);
      return bytes.toString("utf8", 0, readSync(fd, bytes, 0, REPORT_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
