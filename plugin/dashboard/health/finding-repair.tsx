import type { ReactElement } from "react";
import { findingPrecondition } from "../api/preconditions.ts";
import type { FindingDocument } from "../api/response-types.ts";
import { ActionButton } from "../components/action-button.tsx";
import { linkTo } from "../components/router.ts";
import { CommandSnippet } from "../design/code-block.tsx";

const REPAIR_COMMAND = "clawtask tasks maintenance --apply";

/** Commands that are one request to the task. */
const TASK_ACTIONS: Readonly<Record<string, { name: string; label: string }>> = {
  "tasks retry": { name: "retry", label: "Send again" },
  "tasks dismiss": { name: "dismiss", label: "Dismiss" },
  "tasks cancel": { name: "cancel", label: "Cancel" },
};

function getCommandName({ remedy }: FindingDocument): string | undefined {
  return remedy.commands?.[0]?.name;
}

function isMaintenance(finding: FindingDocument): boolean {
  return getCommandName(finding) === "tasks maintenance";
}

/** What repairs a finding: a button where it is one request, else the command. */
export function FindingRepair({ finding }: { finding: FindingDocument }): ReactElement | null {
  const { repair, taskId } = finding;
  // One button above the list does it for all of them.
  if (isMaintenance(finding)) return null;
  const name = getCommandName(finding);
  if (taskId !== null && name === "tasks show")
    return (
      <a className="button" href={linkTo(["tasks", taskId])}>
        Open the task
      </a>
    );
  const action = name === undefined ? undefined : TASK_ACTIONS[name];
  if (action === undefined || taskId === null) return <CommandSnippet command={repair} />;
  return (
    <ActionButton
      variant={action.name === "cancel" ? "danger" : "plain"}
      action={{
        label: action.label,
        path: `api/tasks/${encodeURIComponent(taskId)}/actions/${action.name}`,
        command: repair,
        precondition: findingPrecondition(finding, taskId),
      }}
      {...(action.name === "cancel" ? { confirm: "Its worker is told to stop." } : {})}
      {...(finding.code === "delivery_ambiguous"
        ? { confirm: "Nobody knows whether it arrived. It may arrive twice." }
        : {})}
    />
  );
}

/** Repairs everything that the ledger can repair by itself. */
export function RepairAllButton({ findings }: { findings: readonly FindingDocument[] }): ReactElement | null {
  const count = findings.filter(isMaintenance).length;
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
      confirm="Damaged lines are set aside, links that lead nowhere are taken out, impossible times are corrected."
    />
  );
}
