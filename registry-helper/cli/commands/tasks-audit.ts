import { type Finding, FINDING_CODES } from "../../domain/task/audit-findings.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { auditLedger } from "../../views/queries/audit-ledger.ts";
import { limitOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { indexed } from "../output/indexing-progress.ts";
import { pasteable } from "../output/shell-quote.ts";
import { wrap } from "../output/table.ts";

/** What is not as it should be in the ledger, each with a command that mends it. */
export const tasksAudit: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks audit",
    positionals: [],
    options: [{ name: "code", choices: FINDING_CODES }, { name: "limit" }],
  },
  run(context) {
    const { registry, args, self } = context;
    const limit = limitOption(args.options, "tasks audit");
    const { code } = args.options;
    const all = indexed(context, (database) => auditLedger(registry, database)).filter(
      (finding) => code === undefined || finding.code === code,
    );
    const ok = !all.some(({ severity }) => severity === "error");
    const findings = all.slice(0, limit).map((one) => ({ ...one, repair: pasteable(one.repair, self) }));
    return {
      json: { ok, registryRoot: registry.root, total: all.length, counts: countBySeverity(all), findings },
      exit: ok ? 0 : 1,
      text: () => {
        if (all.length === 0) return "the ledger is in order\n";
        const counts = Object.entries(countBySeverity(all)).map(([name, count]) => `${count} ${name}`);
        const rest = all.length > findings.length ? [`and ${all.length - findings.length} more (--limit, --code)`] : [];
        return `${[...findings.map(findingText), ...rest, counts.join(", ")].join("\n\n")}\n`;
      },
    };
  },
};

function countBySeverity(findings: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function findingText({ code, severity, taskId, runId, what, repair }: Finding): string {
  const about = taskId ?? (runId === undefined ? "" : `run ${runId}`);
  return [
    `${severity.toUpperCase()}  ${code}  ${about}`.trimEnd(),
    wrap(plainLine(what, 600), "  "),
    `  $ ${repair}`,
  ].join("\n");
}
