import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import {
  changeRun,
  type DeliveryReport,
  isClawTaskError,
  loadRun,
  type Registry,
  runIds,
  type RunState,
} from "../../registry-helper/index.ts";
import { type OpenDelivery, openDeliveryOfRun } from "./open-delivery.ts";

/** Longest part of a report that is read for a notice, in bytes. */
const REPORT_BYTES = 16 * 1024;

/**
 * Watches the runs of the registry for outcomes that nobody was told of. Runs are changed by the helper in
 * other processes; only those whose journal grew since the last look are read. Runs in the worker thread.
 */
export class RunWatch {
  private readonly registry: Registry;
  private readonly seen = new Map<string, string>();
  private readonly open = new Map<string, OpenDelivery>();

  constructor(registry: Registry) {
    this.registry = registry;
  }

  /** Looks at what changed. Returns the runs whose outcome is still to be told. */
  look(): OpenDelivery[] {
    for (const runId of runIds(this.registry)) {
      const stamp = this.stampOf(runId);
      if (stamp === undefined || this.seen.get(runId) === stamp) continue;
      this.read(runId);
      this.seen.set(runId, stamp);
    }
    return [...this.open.values()];
  }

  reportDelivery(runId: string, report: DeliveryReport): boolean {
    const { events } = changeRun(this.registry, runId, { command: { type: "report_delivery", report } });
    this.read(runId);
    return events.length > 0;
  }

  private read(runId: string): void {
    this.open.delete(runId);
    try {
      const { run, journal } = loadRun(this.registry, runId);
      const open = openDeliveryOfRun(run.state, lastReport(journal.paths.folder, run.state));
      if (open !== undefined) this.open.set(runId, open);
    } catch (error) {
      // A run that cannot be read is shown by `list` and `doctor`; it must not stop the others.
      if (!isClawTaskError(error)) throw error;
    }
  }

  private stampOf(runId: string): string | undefined {
    try {
      const stat = statSync(join(this.registry.root, "runs", runId, "events.jsonl"));
      return `${stat.size}.${stat.mtimeMs}`;
    } catch {
      return undefined;
    }
  }
}

/** The report of the node that finished last and left one: what the person asked for. */
function lastReport(folder: string, state: RunState): string | undefined {
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
    const real = realpathSync(join(folder, path));
    if (!real.startsWith(realpathSync(folder) + sep)) return undefined;
    const fd = openSync(real, "r");
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
