import { type Finding, FINDING_CODES, SEVERITIES } from "../../domain/task/audit-findings.ts";
import { usageError } from "../../model/errors.ts";
import { formatRemedy } from "../../model/remedy.ts";
import { auditLedger } from "../../views/queries/audit-ledger.ts";
import { requireChoice, resolveLimit } from "../input-checks.ts";
import { maintainLedger, type MaintenanceReport } from "../maintenance/maintain-ledger.ts";
import type { IndexedContext, Outcome, OperationContext } from "../operation.ts";

/** A finding as documents show it. */
export interface FindingDocument extends Finding {
  /** The remedy as a line to paste. */
  repair: string;
}

export interface TaskAuditInput {
  /** Only findings of this kind. */
  code?: string | undefined;
  /** Only findings of this severity: `error`, `warn` or `info`. */
  severity?: string | undefined;
  limit?: number | undefined;
}

export interface TaskAuditDocument {
  /** False when one of all is an error. */
  ok: boolean;
  registryRoot: string;
  total: number;
  /** Of all, by their code. */
  counts: Record<string, number>;
  /** The worst first, up to the limit. */
  findings: FindingDocument[];
}

/**
 * Finds what is not as it should be with tasks, flows and runs, each with a command that repairs it.
 *
 * @throws ClawTaskError `usage`
 */
export function audit(
  { registry, queryIndex, self }: IndexedContext,
  input: TaskAuditInput,
): Outcome<TaskAuditDocument> {
  const { code, severity } = input;
  requireChoice(code, FINDING_CODES, "--code", "audit");
  requireChoice(severity, SEVERITIES, "--severity", "audit");
  const limit = resolveLimit(input.limit, "audit");
  const found = queryIndex((database) => auditLedger(registry, database));
  return { document: { registryRoot: registry.root, ...summarizeFindings(found, { code, severity, limit, self }) } };
}

/**
 * Findings as documents show them: counted, of one kind and severity if asked for, cut to the limit.
 *
 * @param about `self` is how the helper is called where the commands are shown
 */
export function summarizeFindings(
  found: readonly Finding[],
  about: { code: string | undefined; severity?: string | undefined; limit: number; self?: string },
): Omit<TaskAuditDocument, "registryRoot"> {
  const all = found.filter(
    ({ code, severity }) => (about.code ?? code) === code && (about.severity ?? severity) === severity,
  );
  const counts: Record<string, number> = {};
  for (const { code } of all) counts[code] = (counts[code] ?? 0) + 1;
  return {
    ok: !all.some(({ severity }) => severity === "error"),
    total: all.length,
    counts,
    findings: all
      .slice(0, about.limit)
      .map((finding) => ({ ...finding, repair: formatRemedy(finding.remedy, about.self) })),
  };
}

export interface TaskMaintenanceInput {
  /** Does it; without, only says what would be done. */
  apply?: boolean | undefined;
  /** Takes lines that were changed after they were written over as they stand; else they go into quarantine. */
  acceptChanges?: boolean | undefined;
  /** Settled tasks that are older are dropped, in milliseconds; without, all are kept. */
  retentionMs?: number | undefined;
}

export interface MaintenanceContext extends OperationContext {
  /** Is told each day of the ledger that work starts on, for surfaces that show how far it is. */
  onDay?: ((day: string) => void) | undefined;
}

export interface TaskMaintenanceDocument extends MaintenanceReport {
  /** False when a day or a flow was left as it is. */
  ok: boolean;
  registryRoot: string;
}

/**
 * Tidies up the ledger, or says what there is to do.
 *
 * @throws ClawTaskError `usage`
 * @example
 * maintenance(context, { apply: true, retentionMs: 30 * 86_400_000 });
 */
export function maintenance(
  { registry, onDay }: MaintenanceContext,
  { apply = false, acceptChanges = false, retentionMs }: TaskMaintenanceInput,
): Outcome<TaskMaintenanceDocument> {
  // A negative length would take what is being written now.
  if (retentionMs !== undefined && !(retentionMs >= 0))
    throw usageError(`argument --retention: such as 30d, not '${retentionMs}'`, "tasks maintenance");
  const report = maintainLedger(registry, {
    apply,
    acceptChanges,
    ...(retentionMs === undefined ? {} : { retention: retentionMs * 1000 }),
    ...(onDay === undefined ? {} : { progress: onDay }),
  });
  return { document: { ok: report.problems.length === 0, registryRoot: registry.root, ...report } };
}
