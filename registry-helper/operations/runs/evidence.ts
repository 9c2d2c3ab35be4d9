import { join } from "node:path";
import type { RunCommand } from "../../domain/run/commands.ts";
import { isClawTaskError } from "../../model/errors.ts";
import { sha256Hex } from "../../model/hash.ts";
import { MAX_HASHED_BYTES } from "../../model/limits.ts";
import type { RunNode, RunDocument, Evidence } from "../../model/run-documents.ts";
import { parseMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { type FileSystem, readFile } from "../../storage/file-system.ts";
import { modifiedInside } from "../../storage/run-paths.ts";

/** File times lag behind the clock by up to a tick of the kernel, more on network disks. */
const MTIME_SLACK_MS = 1_000;

/**
 * Whether a declared file of a node is there. In a retry, a file that was not written since the attempt began is
 * the work of an earlier one and proves nothing.
 */
export function isEvidence(registry: Registry, runFolder: string, node: RunNode, path: string): boolean {
  const modified = modifiedInside(registry.fs, runFolder, path);
  if (modified === undefined || node.attempts === undefined) return modified !== undefined;
  return modified >= (parseMicros(node.startedAt) ?? 0) / 1000 - MTIME_SLACK_MS;
}

/** For a node that is about to complete: which of its declared files are there, and which are not. */
export function loadFileFacts(
  registry: Registry,
  runFolder: string,
): (state: RunDocument | undefined, command: RunCommand) => RunCommand {
  return (state, command) => {
    if (command.type !== "transition" || command.to !== "completed") return command;
    const node = state?.state.nodes.find((candidate) => candidate.id === command.nodeId);
    if (node === undefined) return command;
    const { evidence, missing } = checkNodeFiles(registry, runFolder, node);
    return { ...command, missingArtifacts: missing, evidence };
  };
}

/** Which declared files of a node prove something, and which do not. */
interface NodeFiles {
  evidence: Evidence[];
  missing: string[];
}

/** The declared files of a node, as they are now. */
export function checkNodeFiles(registry: Registry, runFolder: string, node: RunNode): NodeFiles {
  return sortFiles(node, (path) => findEvidence(registry, runFolder, node, path));
}

/** The same for the clock, which nobody answers: what is no file proves nothing, and must not stop the rest of the run. */
export function settleNodeFiles(registry: Registry, runFolder: string, node: RunNode): NodeFiles {
  return sortFiles(node, (path) => unlessRefused(() => findEvidence(registry, runFolder, node, path)));
}

function sortFiles({ artifactPaths }: RunNode, find: (path: string) => Evidence | undefined): NodeFiles {
  const files: NodeFiles = { evidence: [], missing: [] };
  for (const path of artifactPaths) {
    const found = find(path);
    if (found === undefined) files.missing.push(path);
    else files.evidence.push(found);
  }
  return files;
}

function findEvidence(registry: Registry, runFolder: string, node: RunNode, path: string): Evidence | undefined {
  return isEvidence(registry, runFolder, node, path) ? describeFile(registry.fs, runFolder, path) : undefined;
}

/** Undefined for what is no file that can be read. */
function unlessRefused(find: () => Evidence | undefined): Evidence | undefined {
  try {
    return find();
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return undefined;
  }
}

/** What is told of declared files that are not there. */
export function missingFilesNotices(nodeId: string, missing: readonly string[]): string[] {
  return missing.length === 0 ? [] : [`${nodeId} completed without ${missing.join(", ")}: recorded as unverified`];
}

/** Size and content of a file inside a run. */
export function describeFile(fs: FileSystem, runFolder: string, path: string): Evidence {
  const file = join(runFolder, path);
  const { size } = fs.statSync(file);
  return { path, size, sha256: size > MAX_HASHED_BYTES ? null : sha256Hex(readFile(fs, file, { followLinks: true })) };
}

/** Evidence of a node whose file is another one now, such as a report that was changed in place after a no. */
export function changedEvidence(registry: Registry, runFolder: string, node: RunNode): string[] {
  return (node.evidence ?? []).flatMap(({ path, size, sha256 }) => {
    const modified = modifiedInside(registry.fs, runFolder, path);
    if (modified === undefined) return [`${path} (gone)`];
    // Most were not touched since; these need no reading.
    if (modified < (parseMicros(node.completedAt) ?? 0) / 1000 - MTIME_SLACK_MS) return [];
    const now = unlessRefused(() => describeFile(registry.fs, runFolder, path));
    if (now === undefined) return [`${path} (no file)`];
    return now.size === size && now.sha256 === sha256 ? [] : [`${path} (${now.size} bytes)`];
  });
}
