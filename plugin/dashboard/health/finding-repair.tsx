import type { ReactElement } from "react";
import type { Finding } from "../api/response-types.ts";
import { findingSeen } from "../api/preconditions.ts";
import { CommandLine } from "../design/code-block.tsx";
import { ActionButton } from "../components/action-button.tsx";
import { linkTo } from "../components/router.ts";

const ON_A_TASK = /^clawtask tasks (retry|dismiss|cancel) (\S+)$/;
export const MEND = "clawtask tasks maintenance --apply";

const LOOK_AT_A_TASK = /^clawtask tasks show (\S+)/;

const LABELS: Readonly<Record<string, string>> = { retry: "Send again", dismiss: "Dismiss", cancel: "Cancel" };

/** What mends a finding: a button where it is one request, else the command. */
export function FindingRepair({ finding }: { finding: Finding }): ReactElement | null {
  const { repair } = finding;
  // One button above the list does it for all of them.
  if (repair === MEND) return null;
  const [, looked] = LOOK_AT_A_TASK.exec(repair) ?? [];
  if (looked !== undefined)
    return (
      <a className="button" href={linkTo(["tasks", looked])}>
        Open the task
      </a>
    );
  const [, verb, taskId] = ON_A_TASK.exec(repair) ?? [];
  if (verb === undefined || taskId === undefined) return <CommandLine command={repair} />;
  return (
    <ActionButton
      look={verb === "cancel" ? "danger" : "plain"}
      action={{
        label: LABELS[verb] ?? verb,
        path: `api/tasks/${encodeURIComponent(taskId)}/actions/${verb}`,
        command: repair,
        seen: findingSeen(finding, taskId),
      }}
      {...(verb === "cancel" ? { confirm: "Its worker is told to stop." } : {})}
      {...(finding.code === "delivery_ambiguous"
        ? { confirm: "Nobody knows whether it arrived. It may arrive twice." }
        : {})}
    />
  );
}

/** Mends everything that the ledger can mend by itself. */
export function MendAll({ findings }: { findings: readonly Finding[] }): ReactElement | null {
  const count = findings.filter(({ repair }) => repair === MEND).length;
  if (count === 0) return null;
  return (
    <ActionButton
      look="primary"
      action={{
        label: `Repair ${count}`,
        path: "api/audit/repair",
        body: { apply: true },
        command: MEND,
        done: "The ledger was repaired; what was cut out is kept beside it",
      }}
      confirm="Damaged lines are set aside, links that lead nowhere are taken out, impossible times are mended."
    />
  );
}
