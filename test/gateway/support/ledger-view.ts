import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  listTasks,
  openRegistry,
  registryPointerPath,
  type TaskRow,
  withIndex,
} from "../../../registry-helper/internal.ts";
import type { FakeTelegram } from "./fake-telegram.ts";
import type { Host } from "./openclaw-host.ts";
import { until } from "./until.ts";

export { hostTasks, type HostTaskRow } from "./host-ledger.ts";

/** Folder of the registry: the one that the plugin noted, else the one that it uses by default. */
export function registryRoot(host: Host): string {
  const note = registryPointerPath(host.env);
  return existsSync(note) ? readFileSync(note, "utf8").trim() : join(host.workspaceDir, "clawtask");
}

/** Every task of the ledger, as the helper shows it. */
export function ledgerTasks(host: Host): TaskRow[] {
  return withIndex(openRegistry({ root: registryRoot(host) }), (database) => listTasks(database, { limit: 1_000 }));
}

/** The ledger's journal as it lies on disk, line by line. */
export function ledgerLines(host: Host): string[] {
  const folder = join(registryRoot(host), "ledger");
  const days = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return days.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
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

/** True once nothing more happens to the delivery by itself. */
export function isDeliveryResolved({ delivery }: { delivery: { state: string } | null }): boolean {
  return delivery !== null && !["pending", "sending"].includes(delivery.state);
}
