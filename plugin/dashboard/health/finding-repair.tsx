import type { ReactElement } from "react";
import { findingPrecondition } from "../api/preconditions.ts";
import type { Finding } from "../api/response-types.ts";
import { ActionButton } from "../components/action-button.tsx";
import { linkTo } from "../components/router.ts";
import { CommandSnippet } from "../design/code-block.tsx";

const TASK_ACTION_COMMAND = /^clawtask tasks (retry|dismiss|cancel) (\S+)$/;
export const REPAIR_COMMAND = "clawtask tasks maintenance --apply";

const SHOW_TASK_COMMAND = /^clawtask tasks show (\S+)/;

const LABELS: Readonly<Record<string, string>> = { retry: "Send again", dismiss: "Dismiss", cancel: "Cancel" };

/** What mends a finding: a button where it is one request, else the command. */
export function FindingRepair({ finding }: { finding: Finding }): ReactElement | null {
  const { repair } = finding;
  // One button above the list does it for all of them.
  if (repair === REPAIR_COMMAND) return null;
  const [, shownTaskId] = SHOW_TASK_COMMAND.exec(repair) ?? [];
  if (shownTaskId !== undefined)
    return (
      <a className="button" href={linkTo(["tasks", shownTaskId])}>
        Open the task
      </a>
    );
  const [, actionName, taskId] = TASK_ACTION_COMMAND.exec(repair) ?? [];
  if (actionName === undefined || taskId === undefined) return <CommandSnippet command={repair} />;
  return (
    <ActionButton
      variant={actionName === "cancel" ? "danger" : "plain"}
      action={{
        label: LABELS[actionName] ?? actionName,
        path: `api/tasks/${encodeURIComponent(taskId)}/actions/${actionName}`,
        command: repair,
        precondition: findingPrecondition(finding, taskId),
      }}
      {...(actionName === "cancel" ? { confirm: "Its worker is told to stop." } : {})}
      {...(finding.code === "delivery_ambiguous"
        ? { confirm: "Nobody knows whether it arrived. It may arrive twice." }
        : {})}
    />
  );
}

/** Mends everything that the ledger can mend by itself. */
export function RepairAllButton({ findings }: { findings: readonly Finding[] }): ReactElement | null {
  const count = findings.filter(({ repair }) => repair === REPAIR_COMMAND).length;
  if (count === 0) return null;
  return (
    <ActionButton
      variant="primary"
      action={{
        label: `Repair ${count}`,
        path: "api/audit/repair",
        body: { apply: true },
        command: REPAIR_COMMAND,
        done: "The ledger was repaired; what was cut out is kept beside it",
      }}
      confirm="Damaged lines are set aside, links that lead nowhere are taken out, impossible times are mended."
    />
  );
}
