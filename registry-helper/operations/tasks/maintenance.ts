import { usageError } from "../../model/errors.ts";
import { maintainLedger, type MaintenanceReport } from "../maintenance/maintain-ledger.ts";
import type { OperationContext, Outcome } from "../operation.ts";

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
