import {
  type ApprovalAccess,
  type AttentionItem,
  getCapabilities,
  type RunState,
  type TaskRecord,
} from "../../../registry-helper/internal.ts";
import { type RecorderCall, findOpenQuestion } from "./open-question.ts";
import { type Action, answerActions, flowAction, repairActions, runAction, taskAction } from "./suggested-actions.ts";

/** An item with what a dashboard can do about it. */
export interface AttentionEntry extends AttentionItem {
  /** The one suggested thing; absent where a person has to choose. */
  action?: Action;
  actions?: Action[];
  question?: RecorderCall;
}

/** Where an item's subject is looked up; undefined when it cannot be read. */
export interface SubjectLookup {
  run: (runId: string) => RunState | undefined;
  task: (taskId: string) => TaskRecord | undefined;
  /** Who may answer approvals that say nothing themselves. */
  approvals: ApprovalAccess;
}

/** Most failed nodes of one run that get buttons of their own. */
const MAX_REPAIRS = 5;

export function toAttentionEntry(item: AttentionItem, lookup: SubjectLookup): AttentionEntry {
  const { kind, id } = item.subject;
  if (kind === "flow") return withActions(item, flowActions(item));
  if (kind === "ledger" || kind === "gateway") return item;
  if (kind === "task") return withActions(item, taskActions(item, lookup.task(id)));
  const state = lookup.run(id);
  const { nodeId } = item;
  const question =
    state === undefined || nodeId === undefined ? undefined : findOpenQuestion(state, nodeId, lookup.approvals);
  if (question !== undefined) {
    const actions = answerActions(id, question);
    // Nobody answers a question by a button that is merely suggested.
    return { ...item, actions, question };
  }
  return withActions(item, state === undefined ? [] : runActions(item, state));
}

function withActions(item: AttentionItem, actions: Action[]): AttentionEntry {
  const [action] = actions;
  return action === undefined ? item : { ...item, action, actions };
}

function taskActions({ kind, subject: { id } }: AttentionItem, task: TaskRecord | undefined): Action[] {
  const canCancel = task !== undefined && getCapabilities(task).canCancel;
  const dismiss = taskAction(id, "Dismiss", "dismiss");
  switch (kind) {
    case "late_result":
    case "undelivered":
    case "ambiguous":
      return [taskAction(id, "Send again", "retry"), dismiss];
    case "lost":
    case "failed_silently":
      return [dismiss];
    case "never_started":
      return [taskAction(id, "Cancel", "cancel", true)];
    case "stalled":
    case "stale_blocked":
    case "stale_waiting":
    case "waiting_user":
    case "waiting_approval":
      return canCancel ? [taskAction(id, "Cancel", "cancel", true)] : [];
    default:
      return [];
  }
}

function flowActions({ kind, subject: { id } }: AttentionItem): Action[] {
  const resume = flowAction(id, "Resume", "resume");
  const cancel = flowAction(id, "Cancel", "cancel", true);
  const dismiss = flowAction(id, "Dismiss", "dismiss");
  switch (kind) {
    case "undelivered":
    case "ambiguous":
      return [flowAction(id, "Send again", "retry_delivery"), dismiss];
    case "failed_silently":
      return [dismiss];
    case "flow_blocked":
    case "flow_resume_due":
    case "waiting_user":
      return [resume, cancel];
    case "never_started":
    case "stale_running":
    case "stale_waiting":
      return [cancel];
    default:
      return [];
  }
}

function runActions({ kind, subject: { id }, nodeId, since }: AttentionItem, state: RunState): Action[] {
  const repairs = (): Action[] =>
    (state.blockedBy ?? failedNodes(state)).slice(0, MAX_REPAIRS).flatMap((nodeId) => repairActions(id, nodeId));
  switch (kind) {
    case "run_blocked":
      return [...repairs(), runAction(id, "Cancel the run", "cancel", {}, { destructive: true })];
    case "node_failed":
      return nodeId === undefined ? [] : repairActions(id, nodeId);
    case "run_failed":
      return [runAction(id, "Dismiss", "dismiss"), ...repairs()];
    case "run_bypassed":
    case "run_unverified":
      return isEnded(state) ? [runAction(id, "Archive the run", "archive")] : [];
    case "undelivered":
    case "ambiguous": {
      const message = (state.messages ?? []).find(({ delivery }) => delivery.plannedAt === since);
      if (message !== undefined) return [runAction(id, "Send again", "send_message", { message: message.text })];
      return [runAction(id, "Send again", "retry_delivery"), runAction(id, "Dismiss", "dismiss")];
    }
    default:
      return [];
  }
}

function isEnded({ status }: RunState): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

function failedNodes({ nodes }: RunState): string[] {
  return nodes.filter(({ status }) => status === "failed").map(({ id }) => id);
}
