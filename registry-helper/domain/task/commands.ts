import type { TaskEnding, TaskFacts, TaskStep } from "../../model/task-events.ts";
import type { HostRow } from "../../model/task-record.ts";
import type { NotifyPolicy } from "../../model/task-status.ts";
import type { DeliveryReport } from "../delivery/decide.ts";
import type { Redirect } from "../delivery/redirect.ts";

/** What one source of the host tells about a piece of work. Any field may be missing; any order is fine. */
export interface TaskSignal {
  type: "signal";
  taskId: string;
  /** The source, as it is named in docs/tasks.md: `subagent_spawned`, `lifecycle`, ... */
  source: string;
  /** The host's names for this work, such as `run:<runId>` and `session:<childSessionKey>`. */
  names: readonly string[];
  facts: TaskFacts;
  started?: boolean;
  /** The work was interrupted and goes on under a new run id: a further attempt. */
  resumes?: boolean;
  step?: TaskStep;
  host?: HostRow;
  /** The host shows (true) or does not show (false) something that works on it. */
  isBacked?: boolean;
  ending?: TaskEnding;
}

interface OnTask {
  taskId: string;
  source: string;
}

export type TaskCommand =
  | TaskSignal
  /** `generation`: which delivery it is about, where a newer one may have taken its place meanwhile. */
  | (OnTask & { type: "report_delivery"; report: DeliveryReport; of?: "update"; generation?: number })
  /** The agent's own word about its work. */
  | (OnTask & { type: "report"; step: TaskStep })
  | (OnTask & { type: "set_notify"; notify: NotifyPolicy })
  | (OnTask & { type: "request_cancel"; by: string; reason?: string })
  | (OnTask & { type: "answer_cancel"; outcome: "accepted" | "refused"; reason: string })
  /** Delivers the result once more: a new generation. */
  | (OnTask & { type: "retry_delivery"; redirect?: Redirect | undefined })
  /** Nobody wants the result (any more). */
  | (OnTask & { type: "dismiss"; reason: string })
  /** Nothing has worked on it for long enough, and a second look found nothing. */
  | (OnTask & { type: "declare_lost"; reason: string });
