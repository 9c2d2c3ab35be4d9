import { validateRun, summarize } from "../../domain/run/consistency.ts";
import { isClawTaskError, getErrorMessage } from "../../model/errors.ts";
import { parseJson } from "../../model/json.ts";
import type { Registry } from "../../registry/registry.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { type RunFold, foldRun, EMPTY_RUN } from "../../storage/run-fold.ts";
import { existingRunPaths, existsInside, type RunPaths } from "../../storage/run-paths.ts";
import { foreignDocument, parseStateFile, parseObject } from "../../storage/run-projections.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { eventsIn } from "./read-events.ts";

/** What the files of a run say against each other. */
export interface RunReport extends Partial<ReturnType<typeof summarize>> {
  ok: boolean;
  issues: string[];
  eventCount?: number;
  warnings?: string[];
}

/**
 * Checks the files of a run against each other. Nothing is changed.
 *
 * @returns `ok: false` in the document when there are issues
 * @throws ClawTaskError `run_not_found`
 */
export function validate({ registry }: OperationContext, { runId }: { runId: string }): Outcome<RunReport> {
  return { document: inspectRun(registry, runId) };
}

/** OpenTask's `validate`: `issues` decide, `warnings` are of ours. */
export function inspectRun(registry: Registry, runId: string): RunReport {
  const { fs } = registry;
  const paths = existingRunPaths(fs, registry.root, runId);
  const required = [paths.workflowLock, paths.state, paths.refs, paths.events, paths.control];
  const missing = required
    .filter((path) => !fs.existsSync(path))
    .map((path) => `missing required file: ${path.slice(paths.folder.length + 1)}`);
  if (missing.length > 0) return { ok: false, issues: missing };

  const run = foreignDocument(
    parseStateFile(readTextIfExists(fs, paths.state))?.state,
    parseObject(readTextIfExists(fs, paths.refs)),
  );
  if (run === undefined)
    return { ok: false, issues: ["state.json or refs.json cannot be read; clawtask repair rebuilds them"] };
  let fold: RunFold | undefined;
  const journalIssues: string[] = [];
  try {
    fold = foldRun(fs, paths.events, EMPTY_RUN);
    const torn = fs.statSync(paths.events).size - fold.size;
    if (torn > 0)
      journalIssues.push(`events.jsonl ends in ${torn} bytes of an unfinished write; the next change voids them`);
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    journalIssues.push(error.message);
  }
  const events = eventsIn(registry, paths);
  const { issues, warnings } = validateRun({
    run,
    events,
    controlProblem: controlProblem(registry, paths),
    exists: (path) => existsInside(fs, paths.folder, path),
    fromJournal: fold !== undefined && fold.foreignLines === 0 ? fold.document : undefined,
  });
  const all = [...journalIssues, ...issues];
  return {
    ok: all.length === 0,
    issues: all,
    ...summarize(run),
    eventCount: events.length,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function controlProblem(registry: Registry, paths: RunPaths): string | undefined {
  const lines = (readTextIfExists(registry.fs, paths.control) ?? "").split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      parseJson(line);
    } catch (error) {
      return `line ${index + 1}: ${getErrorMessage(error)}`;
    }
  }
  return undefined;
}
