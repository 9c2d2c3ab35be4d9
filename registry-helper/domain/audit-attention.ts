import type { AttentionItem, AttentionKind } from "../model/attention-item.ts";
import type { Finding, FindingCode, Severity } from "./task/audit-findings.ts";

/** What the audit makes of each kind of attention; null where a person is asked, told or has decided: that is in order. */
const FINDINGS: Readonly<Record<AttentionKind, readonly [FindingCode, Severity] | null>> = {
  run_unreadable: ["run_unreadable", "error"],
  // The ledger's own rules find these line by line.
  flow_unreadable: null,
  ledger_unreadable: null,
  // It is no fault of the registry: `doctor` names it.
  recorder_silent: null,
  waiting_approval: null,
  waiting_user: null,
  undelivered: ["delivery_failed", "error"],
  ambiguous: ["delivery_ambiguous", "warn"],
  delivery_overdue: ["delivery_overdue", "error"],
  late_result: null,
  run_bypassed: null,
  run_unverified: null,
  lost: ["lost", "warn"],
  run_blocked: ["run_blocked", "warn"],
  node_failed: ["node_failed", "warn"],
  flow_blocked: ["flow_blocked", "warn"],
  flow_resume_due: ["flow_resume_due", "warn"],
  run_conflict: ["run_conflict", "warn"],
  past_deadline: ["past_deadline", "warn"],
  stalled: ["stale_running", "warn"],
  running_without_heartbeat: ["running_without_heartbeat", "warn"],
  claim_expired: ["claim_expired", "warn"],
  stranded_ready: ["stranded_ready", "warn"],
  stale_running: ["stale_running", "warn"],
  stale_blocked: ["stale_blocked", "warn"],
  stale_waiting: ["stale_waiting", "warn"],
  never_started: ["stale_queued", "warn"],
  cancel_refused: null,
  run_failed: null,
  failed_silently: null,
};

/** What the ledger's own rules find of a task; they say more of it than its attention item does. */
const OWN_RULES: readonly FindingCode[] = [
  "delivery_failed",
  "delivery_ambiguous",
  "delivery_overdue",
  "lost",
  "stale_running",
  "stale_queued",
];

/** The finding of the audit that stands for an attention item, if it has one of its own. Pure. */
export function findingOfAttention({ kind, subject, nodeId, reason, suggestion }: AttentionItem): Finding | undefined {
  const found = FINDINGS[kind];
  if (found === null) return undefined;
  const [code, severity] = found;
  if (subject.kind === "task" && OWN_RULES.includes(code)) return undefined;
  return {
    code,
    severity,
    taskId: subject.kind === "task" ? subject.id : null,
    ...(subject.kind === "flow" ? { flowId: subject.id } : {}),
    ...(subject.kind === "run" ? { runId: subject.id } : {}),
    ...(nodeId === undefined ? {} : { nodeId }),
    what: reason,
    remedy: { commands: [suggestion] },
  };
}
