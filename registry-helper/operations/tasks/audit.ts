import { type Finding, FINDING_CODES } from "../../domain/task/audit-findings.ts";
import { pasteable } from "../../model/remedy.ts";
import { auditLedger } from "../../views/queries/audit-ledger.ts";
import { requireChoice, resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";

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
