import { join } from "node:path";
import type { Registry } from "../../registry/registry.ts";
import { getErrno } from "../../storage/file-system.ts";
import { flowIds, flowsFolder } from "../../storage/flow-paths.ts";
import { fileIdentity } from "../../storage/journal-file.ts";
import { ledgerDays, ledgerFolder } from "../../storage/ledger-journal.ts";
import { workflowPaths } from "../../storage/workflow-paths.ts";
import { runIds } from "../index/run-rows.ts";

/** What a change is about. */
export type ChangeKind = "run" | "task" | "flow" | "workflow";

/** A file that can change, as it was found: the journals, and the workflow files. */
export interface JournalFile {
  /** Relative to the registry root, with `/`. */
  path: string;
  kind: ChangeKind;
  /** The run, flow or workflow; the day for a journal of tasks, whose lines name their task. */
  id: string;
  size: number;
  /** Identity of the file: another one under the same name was put in its place. */
  file: number;
  modifiedMs: number;
}

/** Every journal and workflow file of a registry. */
export function journalFiles(registry: Registry): JournalFile[] {
  const { fs, root } = registry;
  const found: JournalFile[] = [];
  const add = (kind: ChangeKind, id: string, path: string): void => {
    try {
      const stat = fs.lstatSync(join(root, path));
      if (stat.isFile())
        found.push({ path, kind, id, size: stat.size, file: fileIdentity(stat.ino), modifiedMs: stat.mtimeMs });
    } catch (error) {
      // Taken away since the folder was listed.
      if (getErrno(error) !== "ENOENT" && getErrno(error) !== "ENOTDIR") throw error;
    }
  };
  for (const day of ledgerDays(fs, root)) add("task", day, below(root, ledgerFolder(root), `${day}.jsonl`));
  for (const runId of runIds(registry)) add("run", runId, `runs/${runId}/events.jsonl`);
  for (const flowId of flowIds(fs, root)) add("flow", flowId, below(root, flowsFolder(root), `${flowId}/events.jsonl`));
  for (const path of workflowPaths(registry)) add("workflow", workflowName(path), path);
  return found;
}

function below(root: string, folder: string, name: string): string {
  return `${folder.slice(root.length + 1)}/${name}`;
}

function workflowName(path: string): string {
  return (path.split("/").at(-1) ?? path).replace(/\.task\.md$/, "");
}
