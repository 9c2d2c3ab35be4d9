import { type Finding, FINDING_CODES } from "../../domain/task/audit-findings.ts";
import { usageError } from "../../model/errors.ts";
import { pasteable } from "../../model/remedy.ts";
import { auditLedger } from "../../views/queries/audit-ledger.ts";
import { requireChoice, resolveLimit } from "../input-checks.ts";
import { maintainLedger, type MaintenanceReport } from "../maintenance/maintain-ledger.ts";
import type { IndexedContext, Outcome, OperationContext } from "../operation.ts";

export interface TaskAuditInput {
  /** Only findings of this kind. */
  code?: string | undefined;
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
  findings: Finding[];
}

/**
 * Finds what is not as it should be in the ledger, each with a command that repairs it.
 *
 * @throws ClawTaskError `usage`
 */
export function audit(
  { registry, queryIndex, self }: IndexedContext,
  input: TaskAuditInput,
): Outcome<TaskAuditDocument> {
  const { code } = input;
  requireChoice(code, FINDING_CODES, "--code", "tasks audit");
  const limit = resolveLimit(input.limit, "tasks audit");
  const all = queryIndex((database) => auditLedger(registry, database)).filter(
    (finding) => code === undefined || finding.code === code,
  );
  const counts: Record<string, number> = {};
  for (const finding of all) counts[finding.code] = (counts[finding.code] ?? 0) + 1;
  return {
    document: {
      ok: !all.some(({ severity }) => severity === "error"),
      registryRoot: registry.root,
      total: all.length,
      counts,
      findings: all.slice(0, limit).map((one) => ({ ...one, repair: pasteable(one.repair, self) })),
    },
  };
}

export interface TaskMaintenanceInput {
  /** Does it; without, only says what would be done. */
  apply?: boolean | undefined;
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
  { apply = false, retentionMs }: TaskMaintenanceInput,
): Outcome<TaskMaintenanceDocument> {
  // A negative length would take what is being written now.
  if (retentionMs !== undefined && !(retentionMs >= 0))
    throw usageError(`argument --retention: such as 30d, not '${retentionMs}'`, "tasks maintenance");
  const report = maintainLedger(registry, {
    apply,
    ...(retentionMs === undefined ? {} : { retention: retentionMs * 1000 }),
    ...(onDay === undefined ? {} : { progress: onDay }),
  });
  return { document: { ok: report.problems.length === 0, registryRoot: registry.root, ...report } };
}
