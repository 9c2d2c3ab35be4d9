import { parseDuration } from "../../model/duration.ts";
import { usageError } from "../../model/errors.ts";
import type { FlowAction } from "../../operations/flows/cancel-flow.ts";
import type { DayReport, MaintenanceReport } from "../../operations/maintenance/maintain-ledger.ts";
import { maintenance } from "../../operations/tasks/audit.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { wrap } from "../output/layout.ts";

/** What would be tidied up in the ledger; `--apply` does it. */
export const tasksMaintenance = defineCommand({
  command: "tasks maintenance",
  options: [{ name: "apply", flag: true }, { name: "accept-changes", flag: true }, { name: "retention" }, KEY_OPTION],
  run(context, { apply, acceptChanges, retention }) {
    const { self, progress, columns } = context;
    const keepFor = retention === undefined ? undefined : parseDuration(retention);
    if (retention !== undefined && keepFor === undefined)
      throw usageError(`argument --retention: such as 30d, not '${retention}'`, "tasks maintenance");
    const { document } = maintenance(
      { ...context, onDay: (day) => progress(`\r\u001b[Kledger ${day}`) },
      { apply, acceptChanges, retentionMs: keepFor === undefined ? undefined : keepFor / 1000 },
    );
    progress("\r\u001b[K");
    return {
      json: document,
      exit: document.ok ? 0 : 1,
      text: () =>
        reportText(document, {
          command: `${self} tasks maintenance${retention === undefined ? "" : ` --retention ${retention}`}${acceptChanges ? " --accept-changes" : ""}`,
          columns,
        }),
    };
  },
});

const FLOW_WORDS: Readonly<Record<FlowAction["action"], string>> = {
  link_task: "link to it written into task",
  ask_task_to_stop: "cancelled, so asked to stop: task",
  end_cancelled: "ended as cancelled: none of its tasks is active",
  prune: "pruned: it has ended, and so have its tasks",
};

function flowText({ flowId, action, taskId }: FlowAction, applied: boolean): string {
  return `flow ${flowId}: ${applied ? "" : "would be: "}${FLOW_WORDS[action]}${taskId === null ? "" : ` ${taskId}`}`;
}

function reportText(
  { applied, days, flows, problems }: MaintenanceReport,
  { command, columns }: { command: string; columns: number },
): string {
  const ofDays = days.map((day) => dayText(day, applied));
  const ofFlows = flows.map((action) => flowText(action, applied));
  const lines = [...[...ofDays, ...ofFlows].map((text) => wrap(text, "  ", columns).trimStart()), ...problems];
  const isIdle = days.length === 0 && flows.length === 0;
  if (isIdle) lines.push("the ledger needs no maintenance");
  if (applied) lines.push("the index was built anew");
  else if (!isIdle) lines.push("", `nothing is changed yet. To do it:\n  $ ${command} --apply`);
  return `${lines.join("\n")}\n`;
}

function dayText({ day, damaged, mended, compacted, pruned, bytesFreed }: DayReport, applied: boolean): string {
  const parts = [
    damaged > 0 ? `${damaged} damaged ${damaged === 1 ? "line" : "lines"} into ledger/${day}.damaged` : "",
    mended > 0 ? `${mended} wrong ${mended === 1 ? "line" : "lines"} put right (kept in ledger/${day}.damaged)` : "",
    compacted > 0 ? `${compacted} lines that nothing needs dropped` : "",
    pruned > 0 ? `${pruned} old ${pruned === 1 ? "task" : "tasks"} pruned` : "",
  ].filter(Boolean);
  const what = parts.length === 0 ? "empty lines dropped" : parts.join(", ");
  return `${day}: ${applied ? "" : "would be: "}${what}; ${Math.ceil(bytesFreed / 1024)} KiB less`;
}
