import type { RunCommand } from "../../domain/run/commands.ts";
import { findNode } from "../../domain/run/state/find-node.ts";
import { listMissingFiles } from "../../domain/run/state/missing-files.ts";
import type { RunNode, RunDocument, Evidence } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { parseMicros } from "../../model/time.ts";
import type { Registry } from "../../registry/registry.ts";
import { describeFile, describeReadableFile, isWrittenSince } from "../../storage/run-files.ts";
import { findInside } from "../../storage/run-paths.ts";

/** File times lag behind the clock by up to a tick of the kernel, more on network disks. */
const MTIME_SLACK_MS = 1_000;

/** A declared file of a node: written by its present attempt, left by an earlier one, or not there. */
export type FileState = "written" | "stale" | "missing";

/**
 * How a declared file of a node stands. In a retry, a file that was not written since the attempt started is the work
 * of an earlier one and proves nothing.
 */
export function getFileState({ fs }: Registry, runFolder: string, node: RunNode, path: string): FileState {
  const file = findInside(fs, runFolder, path);
  if (file === undefined) return "missing";
  if (node.attempts === undefined) return "written";
  return isFromAttempt(fs, node, { file, path }) ? "written" : "stale";
}

function isFromAttempt(fs: Registry["fs"], node: RunNode, { file, path }: { file: string; path: string }): boolean {
  const { filesBefore, startedAt } = node;
  if (filesBefore !== undefined) {
    const before = filesBefore.find((one) => one.path === path);
    return before === undefined || isWrittenSince(fs, file, before);
  }
  // A journal of an older version, or OpenTask's, does not say what the files were: only the clock is left.
  return fs.statSync(file).mtimeMs >= (parseMicros(startedAt) ?? 0) / 1000 - MTIME_SLACK_MS;
}

/** Whether a declared file of a node is there and written by its present attempt. */
export function isEvidence(registry: Registry, runFolder: string, node: RunNode, path: string): boolean {
  return getFileState(registry, runFolder, node, path) === "written";
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
    const { evidence, missing, stale } = checkNodeFiles(registry, runFolder, node);
    return { ...command, missingArtifacts: missing, staleArtifacts: stale, evidence };
  };
}

/** Which declared files of a node prove something, and which do not. */
interface NodeFiles {
  evidence: Evidence[];
  missing: string[];
  /** Of those that are missing: files of an earlier attempt. */
  stale: string[];
}

/** The declared files of a node, as they are now. */
export function checkNodeFiles(registry: Registry, runFolder: string, node: RunNode): NodeFiles {
  return sortFiles(registry, runFolder, { node, describe: describeFile });
}

/** The same for the clock, which nobody answers: what is no file proves nothing, and must not stop the rest of the run. */
export function settleNodeFiles(registry: Registry, runFolder: string, node: RunNode): NodeFiles {
  return sortFiles(registry, runFolder, { node, describe: describeReadableFile });
}

function sortFiles(
  registry: Registry,
  runFolder: string,
  { node, describe }: { node: RunNode; describe: typeof describeFile },
): NodeFiles {
  const files: NodeFiles = { evidence: [], missing: [], stale: [] };
  for (const path of node.artifactPaths) {
    const state = getFileState(registry, runFolder, node, path);
    const found = state === "written" ? describe(registry.fs, runFolder, path) : undefined;
    if (found !== undefined) files.evidence.push(found);
    else files.missing.push(path);
    if (state === "stale") files.stale.push(path);
  }
  return files;
}

/** What is told of declared files that are not there, or are there from an earlier attempt. */
export function missingFilesNotices(nodeId: string, events: readonly RunEvent[], run: RunDocument): string[] {
  const missing = events.flatMap(({ missingArtifacts }) => missingArtifacts ?? []);
  const stale = events.flatMap(({ staleArtifacts }) => staleArtifacts ?? []);
  const named = listMissingFiles(findNode(run.state.nodes, nodeId) ?? {}, { missing, stale });
  return missing.length === 0 ? [] : [`${nodeId} completed without ${named.join(", ")}: recorded as unverified`];
}

/** Evidence of a node whose file is another one now, such as a report that was changed in place after a no. */
export function changedEvidence(registry: Registry, runFolder: string, node: RunNode): string[] {
  const { fs } = registry;
  return (node.evidence ?? []).flatMap((recorded) => {
    const { path, size, sha256 } = recorded;
    const file = findInside(fs, runFolder, path);
    if (file === undefined) return [`${path} (gone)`];
    if (!mayHaveChanged(fs.statSync(file), recorded, node)) return [];
    const now = describeReadableFile(fs, runFolder, path);
    if (now === undefined) return [`${path} (no file)`];
    return now.size === size && now.sha256 === sha256 ? [] : [`${path} (${now.size} bytes)`];
  });
}

/** Most files were not touched since; these need no reading. */
function mayHaveChanged(now: { size: number; mtimeMs: number }, before: Evidence, { completedAt }: RunNode): boolean {
  if (before.mtimeMs !== undefined) return now.size !== before.size || now.mtimeMs !== before.mtimeMs;
  return now.mtimeMs >= (parseMicros(completedAt) ?? 0) / 1000 - MTIME_SLACK_MS;
}
