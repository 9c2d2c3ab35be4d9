import type { HostRuntime } from "./host-ledger.ts";
import type { Host } from "./openclaw-host.ts";
import { until } from "./until.ts";

/**
 * A row of the host's ledger as the gateway shows it: less of it than the command prints, but without the seconds that
 * the command takes to start.
 */
export interface GatewayTask {
  readonly taskId: string;
  readonly runtime: HostRuntime;
  /** `queued`, `running`, `completed`, `failed`, `cancelled` or `timed_out`. */
  readonly status: string;
  /** The label, or else the first words of the task; media have only their kind here. */
  readonly title: string;
  /** The task's own words, as far as the gateway shows them. */
  readonly task: string;
  /** The session that requested it; empty for cron. */
  readonly sessionKey: string;
  readonly deliveryStatus: string;
}

/** A row that is waited for. */
export interface WantedGatewayTask {
  /** In words; it stands in the error. */
  readonly what: string;
  readonly is: (task: GatewayTask) => boolean;
  /** Milliseconds. */
  readonly deadlineMs: number;
}

/** Answer to an attempt to cancel. */
export interface CancelAnswer {
  readonly cancelled: boolean;
  /** What the command said, or why the gateway did not do it. */
  readonly text: string;
}

/** The most that the gateway shows at once. */
const PAGE_ROWS = 500;
const POLL_INTERVAL_MS = 200;
const OPEN: readonly string[] = ["queued", "running"];

/** The words of each task, by its id: they never change, and the gateway's list leaves them out. */
const wordsOf = new WeakMap<Host, Map<string, string>>();

/** What the running gateway shows of its ledger, newest first; an error when that is more than one page. */
export async function gatewayTasks(host: Host): Promise<GatewayTask[]> {
  const listed = await listOfGateway(host);
  return Promise.all(listed.map(async (row) => ({ ...row, task: await words(host, row.taskId) })));
}

/** The list as it is; it differs when the ledger has changed. */
export async function listOfGateway(host: Host): Promise<Omit<GatewayTask, "task">[]> {
  const page = (await host.ask("tasks.list", { limit: PAGE_ROWS })) as { tasks: GatewayTask[]; nextCursor?: string };
  if (page.nextCursor !== undefined) throw new Error(`more than ${PAGE_ROWS} tasks`);
  return page.tasks;
}

async function words(host: Host, taskId: string): Promise<string> {
  const known = wordsOf.get(host) ?? new Map<string, string>();
  wordsOf.set(host, known);
  const before = known.get(taskId);
  if (before !== undefined) return before;
  const { task } = (await host.ask("tasks.get", { taskId })) as { task: { readonly prompt?: string } };
  known.set(taskId, task.prompt ?? "");
  return task.prompt ?? "";
}

/** Waits for a row; the error shows all of them. */
export async function gatewayTaskThat(host: Host, { what, is, deadlineMs }: WantedGatewayTask): Promise<GatewayTask> {
  let tasks: GatewayTask[] = [];
  const found = async (): Promise<GatewayTask | undefined> => {
    tasks = await gatewayTasks(host);
    return tasks.find(is);
  };
  const explain = (): string => JSON.stringify(tasks, null, 1);
  return until(found, { what: `a row of the host: ${what}`, deadlineMs, everyMs: POLL_INTERVAL_MS, explain });
}

/** True until the host has closed the row. */
export function isOpen({ status }: GatewayTask): boolean {
  return OPEN.includes(status);
}

/** Cancels as an operator does. */
export async function cancelHostTask(host: Host, taskId: string): Promise<CancelAnswer> {
  const { cancelled, reason } = (await host.ask("tasks.cancel", { taskId })) as { cancelled: boolean; reason?: string };
  return { cancelled, text: reason ?? "" };
}

/** Cancels by task id, run id or session key with the command that an operator types. */
export async function cancelByCommand(host: Host, lookup: string): Promise<CancelAnswer> {
  const { stdout, stderr } = await host.cli(["tasks", "cancel", lookup]);
  const text = `${stdout}${stderr}`.trim();
  return { cancelled: /^Cancelled /m.test(text), text };
}
