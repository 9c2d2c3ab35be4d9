import { type Finding, FINDING_CODES } from "../../domain/task/audit-findings.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { audit } from "../../operations/tasks/audit.ts";
import { limitOption } from "../arguments/number-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { wrap } from "../output/table.ts";

/** What is not as it should be in the ledger, each with a command that repairs it. */
export const tasksAudit: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "tasks audit",
    positionals: [],
    options: [{ name: "code", choices: FINDING_CODES }, { name: "limit" }],
  },
  run(context) {
    const { options } = context.args;
    const { document } = audit(toIndexedContext(context), {
      code: options["code"],
      limit: limitOption(options, "tasks audit"),
    });
    const { ok, total, counts, findings } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => {
        if (total === 0) return "the ledger is in order\n";
        const summary = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
        const rest = total > findings.length ? [`and ${total - findings.length} more (--limit, --code)`] : [];
        return `${[...findings.map(findingText), ...rest, summary.join(", ")].join("\n\n")}\n`;
      },
    };
  },
};

function findingText({ code, severity, taskId, runId, what, repair }: Finding): string {
  const about = taskId ?? (runId === undefined ? "" : `run ${runId}`);
  return [
    `${severity.toUpperCase()}  ${code}  ${about}`.trimEnd(),
    wrap(plainLine(what, 600), "  "),
    `  $ ${repair}`,
  ].join("\n");
}
