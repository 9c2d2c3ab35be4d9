import { NOTIFY_POLICIES, type NotifyPolicy, TASK_RUNTIMES, type TaskRuntime } from "../../registry-helper/internal.ts";
import type { PluginApi } from "./plugin-api.ts";
import { recordIn, textIn } from "./untyped-fields.ts";

/** Who hears of which runtime's work, where the operator chose (`plugins.entries.clawtask.config.notify`). */
export function notifyPolicies(api: PluginApi): Partial<Record<TaskRuntime, NotifyPolicy>> {
  const chosen = recordIn(recordIn(api.pluginConfig)["notify"]);
  return Object.fromEntries(
    TASK_RUNTIMES.flatMap((runtime) => {
      const policy = NOTIFY_POLICIES.find((one) => one === textIn(chosen, runtime));
      return policy === undefined ? [] : [[runtime, policy]];
    }),
  );
}

/** Whether agents are woken when a run can go on (`plugins.entries.clawtask.config.wakeRuns`); yes unless said otherwise. */
export function wakesRuns(api: PluginApi): boolean {
  return recordIn(api.pluginConfig)["wakeRuns"] !== false;
}
