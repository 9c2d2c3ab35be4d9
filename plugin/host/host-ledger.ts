import type { PluginApi } from "./plugin-api.ts";
import { recordIn, textIn } from "./read-value.ts";

/** The host's own record of a piece of detached work, as far as a plugin may see it. */
export interface HostTask {
  status: string | undefined;
  deliveryStatus: string | undefined;
  result: string | undefined;
  error: string | undefined;
}

/** Looks a run up in the host's ledger; undefined when it has none or cannot say. */
export async function findHostTask(api: PluginApi, sessionKey: string, runId: string): Promise<HostTask | undefined> {
  const row = await api.runtime.tasks.async.runs.bindSession({ sessionKey }).resolve(runId);
  if (row === undefined || row === null) return undefined;
  const record = recordIn(row);
  return {
    status: textIn(record, "status"),
    deliveryStatus: textIn(record, "deliveryStatus"),
    result: textIn(record, "progressSummary"),
    error: textIn(record, "error"),
  };
}
