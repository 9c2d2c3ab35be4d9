import { join } from "node:path";
import { listTasks, openRegistry, type TaskRow, withIndex } from "../../../registry-helper/index.ts";
import type { FakeTelegram } from "./fake-telegram.ts";
import type { Host } from "./openclaw-host.ts";
import { until } from "./until.ts";

/** A row of `openclaw tasks list --json`, as far as tests compare it. */
export interface HostTaskRow {
  readonly runtime: string;
  readonly runId?: string;
  readonly label?: string;
  readonly status: string;
  readonly taskId: string;
  readonly deliveryStatus?: string;
  readonly error?: string;
}

/** Folder of the registry that the plugin uses when nobody configured another. */
export function registryRoot(host: Host): string {
  return join(host.workspaceDir, "clawtask");
}

/** Every task of the ledger, as the helper shows it. */
export function ledgerTasks(host: Host): TaskRow[] {
  return withIndex(openRegistry({ root: registryRoot(host) }), (database) => listTasks(database, { limit: 1_000 }));
}

/** The tasks that the host itself has on record. */
export async function hostTasks(host: Host): Promise<HostTaskRow[]> {
  const report = (await host.cliJson(["tasks", "list"])) as { tasks: HostTaskRow[] };
  return report.tasks;
}

/** Waits until a task with this label meets the condition; the error shows the ledger and the chat. */
export function taskThat(
  host: Host,
  telegram: FakeTelegram,
  label: string,
  wanted: { what: string; deadlineMs: number; is: (task: TaskRow) => boolean },
): Promise<TaskRow> {
  return until(() => ledgerTasks(host).find((task) => task.label === label && wanted.is(task)), {
    deadlineMs: wanted.deadlineMs,
    everyMs: 150,
    what: `${label} ${wanted.what}`,
    explain: () => state(host, telegram),
  });
}

/** Ledger and chat, for the error of a wait that was in vain. */
export function state(host: Host, telegram: FakeTelegram): string {
  const tasks = ledgerTasks(host).map(({ label, status, error, result, delivery }) => ({
    label,
    status,
    error,
    result,
    delivery,
  }));
  return JSON.stringify({ tasks, sent: telegram.sent }, null, 1);
}

/** True once nothing more happens to the task's delivery by itself. */
export function isDeliverySettled(task: TaskRow): boolean {
  return task.delivery !== null && !["pending", "sending"].includes(task.delivery.state);
}
