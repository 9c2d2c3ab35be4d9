import type { AttentionItem, AttentionKind } from "../../model/attention-item.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { attention } from "../../operations/attention/attention.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { fitLine, wrap } from "../output/layout.ts";
import { ago } from "../output/table.ts";

const WORDS: Readonly<Record<AttentionKind, string>> = {
  waiting_approval: "WAITS FOR AN APPROVAL",
  waiting_user: "NEEDS AN ANSWER",
  undelivered: "NOT DELIVERED",
  ambiguous: "MAYBE NOT DELIVERED",
  late_result: "ENDED AFTER ALL",
  lost: "LOST",
  run_unreadable: "CANNOT BE READ",
  flow_unreadable: "CANNOT BE READ",
  ledger_unreadable: "CANNOT BE READ",
  recorder_silent: "NOT ANSWERING",
  run_blocked: "BLOCKED",
  flow_blocked: "BLOCKED",
  flow_resume_due: "READY TO RESUME",
  run_conflict: "CONFLICT",
  stalled: "STALLED",
  never_started: "NEVER STARTED",
  cancel_refused: "CANNOT BE STOPPED",
  run_bypassed: "NOBODY ANSWERED",
  run_unverified: "UNVERIFIED",
  run_failed: "RUN FAILED",
  failed_silently: "FAILED",
  delivery_overdue: "DELIVERY OVERDUE",
  node_failed: "STEP FAILED",
  past_deadline: "PAST ITS DEADLINE",
  running_without_heartbeat: "NO SIGN OF LIFE",
  claim_expired: "CLAIM EXPIRED",
  stranded_ready: "READY, NOT STARTED",
  stale_running: "NO PROGRESS",
  stale_blocked: "BLOCKED TOO LONG",
  stale_waiting: "WAITING TOO LONG",
};
const MAX_TITLE_COLUMNS = 80;

/** Everything that needs attention, each with the one command that deals with it. */
export const attentionCommand = defineCommand({
  command: "attention",
  options: [{ name: "session" }, LIMIT_OPTION],
  run(context, input) {
    const { registry, columns } = context;
    const { document } = attention(toIndexedContext(context), input);
    const { total, items } = document;
    return {
      json: document,
      text: () => {
        if (items.length === 0) return "nothing needs attention\n";
        const now = registry.now();
        const rest = total > items.length ? `\n\nand ${total - items.length} more (--limit)` : "";
        return `${items.map((item) => itemText(item, ago(item.since, now), columns)).join("\n\n")}${rest}\n`;
      },
    };
  },
});

function itemText({ kind, title, reason, command }: AttentionItem, since: string, columns: number): string {
  const room = columns - WORDS[kind].length - since.length - "    ()".length;
  const head = `${WORDS[kind]}  ${fitLine(title, Math.min(room, MAX_TITLE_COLUMNS))}  (${since})`;
  return [head, wrap(plainLine(reason, 400), "  ", columns), `  $ ${command}`].join("\n");
}
