import { FINDING_CODES } from "../../domain/task/audit-findings.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { audit, type FindingDocument } from "../../operations/tasks/audit.ts";
import { show } from "../../operations/tasks/show.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
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

/** What is not as it should be in the ledger, each with a command that repairs it. */
export const tasksAudit = defineCommand({
  command: "tasks audit",
  options: [{ name: "code", choices: FINDING_CODES }, LIMIT_OPTION],
  run(context, input) {
    const { document } = audit(toIndexedContext(context), input);
    const { ok, total, counts, findings } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => {
        if (total === 0) return "the ledger is in order\n";
        const summary = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
        const rest = total > findings.length ? [`and ${total - findings.length} more (--limit, --code)`] : [];
        return `${[...findings.map((finding) => findingText(finding, context.columns)), ...rest, summary.join(", ")].join("\n\n")}\n`;
      },
    };
  },
});

function findingText({ code, severity, taskId, runId, what, repair }: FindingDocument, columns: number): string {
  const about = taskId ?? (runId === undefined ? "" : `run ${runId}`);
  return [
    ...splitToWidth(`${severity.toUpperCase()}  ${code}  ${about}`.trimEnd(), columns),
    wrap(plainLine(what, 600), "  ", columns),
    `  $ ${repair}`,
  ].join("\n");
}
