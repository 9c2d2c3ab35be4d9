import { FINDING_CODES, SEVERITIES } from "../../domain/task/audit-findings.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { audit, type FindingDocument } from "../../operations/tasks/audit.ts";
import { show } from "../../operations/tasks/show.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { splitToWidth, wrap } from "../output/layout.ts";
import { contextText, describeTask } from "../output/task-details-text.ts";

export const tasksShow = defineCommand({
  command: "tasks show",
  positionals: [{ name: "task" }],
  options: [{ name: "context", flag: true }],
  run(context, input) {
    const { self, columns } = context;
    const { document, now } = show(toIndexedContext(context), { ...input, related: true });
    return {
      json: document,
      text: () => {
        const described = describeTask(document, { now, self, columns });
        return document.context === undefined ? described : `${described}\n${contextText(document.context, columns)}`;
      },
    };
  },
});

const AUDIT_OPTIONS = [
  { name: "code", choices: FINDING_CODES },
  { name: "severity", choices: SEVERITIES },
  LIMIT_OPTION,
] as const;

/** What is not as it should be with tasks, flows and runs, each with a command that repairs it. */
export const auditCommand = defineAudit("audit");
/** The same by its older name. */
export const tasksAudit = defineAudit("tasks audit");

function defineAudit(command: "audit" | "tasks audit"): Command {
  return defineCommand({
    command,
    options: AUDIT_OPTIONS,
    run(context, input) {
      const { document } = audit(toIndexedContext(context), input);
      const { ok, total, counts, findings } = document;
      const { columns } = context;
      return {
        json: document,
        exit: ok ? 0 : 1,
        text: () => {
          if (total === 0) return "tasks, flows and runs are in order\n";
          const summary = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
          const rest = total > findings.length ? [`and ${total - findings.length} more (--limit, --code)`] : [];
          const found = findings.map((finding) => findingText(finding, columns));
          return `${[...found, ...rest, wrap(summary.join(", "), "", columns)].join("\n\n")}\n`;
        },
      };
    },
  });
}

function findingText(finding: FindingDocument, columns: number): string {
  const { code, severity, taskId, flowId, runId, what, repair } = finding;
  const about = taskId ?? flowId ?? (runId === undefined ? "" : `run ${runId}`);
  return [
    ...splitToWidth(`${severity.toUpperCase()}  ${code}  ${about}`.trimEnd(), columns),
    wrap(plainLine(what, 600), "  ", columns),
    `  $ ${repair}`,
  ].join("\n");
}
