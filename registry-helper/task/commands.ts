import type { DeliveryReport } from "../delivery/decide.ts";
import type { TaskEnding, TaskFacts } from "../model/task-events.ts";

/** What one source of the host tells about a piece of work. Any field may be missing; any order is fine. */
export interface TaskSignal {
  type: "signal";
  taskId: string;
  /** The source, as it is named in `openclaw-host.md`: `subagent_spawned`, `lifecycle`, ... */
  source: string;
  /** The host's names for this work, such as `run:<runId>` and `session:<childSessionKey>`. */
  names: readonly string[];
  facts: TaskFacts;
  started?: boolean;
  update?: string;
  ending?: TaskEnding;
}

export type TaskCommand =
  TaskSignal | { type: "report_delivery"; taskId: string; source: string; report: DeliveryReport };
