import type { HelpEntry } from "../command.ts";

const REVISION_AND_KEY_NOTE =
  "--expected-revision refuses the change when somebody changed the flow since; --key makes it once.";

/** Help for everything about flows. */
export const FLOW_HELP: Readonly<Record<string, HelpEntry>> = {
  "flows list": {
    summary: "Flows and the flows of runs, the latest first",
    examples: ["clawtask flows list", "clawtask flows list --status waiting --owner agent:main:main"],
  },
  "flows show": {
    summary: "One flow: what it is waiting on, its outputs, its tasks",
    details: "FLOW is a flow id or its last part, run:<run id>, or the session that owns it.",
    examples: ["clawtask flows show 0rk3m9zq7x4w", "clawtask flows show run:report-1"],
  },
  "flows create": {
    summary: "Begin a flow: a job of several steps with one owner",
    details:
      "Owner and route come from the gateway plugin inside an agent's exec. With --step it is running, else queued.",
    examples: [
      'clawtask flows create --title "Invoices of May" --step collect --key invoices-may',
      `clawtask flows create --title Digest --owner agent:main:main --delivery-context-json '{"channel":"telegram","to":"telegram:4242"}'`,
    ],
  },
  "flows run-task": {
    summary: "Take a piece of detached work into a flow; nothing is launched",
    details: `TASK is one that the ledger has. Work that was started a moment ago is named by --run-id or
--child-session-key: when the ledger has not heard of it, its record is made. ${REVISION_AND_KEY_NOTE}`,
    examples: [
      "clawtask flows run-task 0rk3m9zq7x4w 0rk3m9zr1a2b --step review",
      "clawtask flows run-task 0rk3m9zq7x4w --child-session-key agent:main:subagent:4f9b --started",
    ],
  },
  "flows wait": {
    summary: "Say what a flow waits for",
    details: `--until takes 30m, 12h, 7d or an ISO time. A wait starts nothing by itself: show and attention say when it is
over, and resume goes on. ${REVISION_AND_KEY_NOTE}`,
    examples: [
      'clawtask flows wait 0rk3m9zq7x4w --manual --note "which region?" --step ask',
      "clawtask flows wait 0rk3m9zq7x4w --task 0rk3m9zr1a2b --expected-revision 4",
    ],
  },
  "flows resume": {
    summary: "Go on with a flow that waits, is blocked or has not begun",
    details: REVISION_AND_KEY_NOTE,
    examples: ["clawtask flows resume 0rk3m9zq7x4w --step publish"],
  },
  "flows output": {
    summary: "Keep an output of a flow: an id, a summary, a cursor, a path",
    details: `--append adds to a list. At most 100 outputs of 64 KiB in all. ${REVISION_AND_KEY_NOTE}`,
    examples: [
      "clawtask flows output 0rk3m9zq7x4w report --value out/report.md",
      `clawtask flows output 0rk3m9zq7x4w sources --append --value-json '{"url":"https://example.com"}'`,
    ],
  },
  "flows update": {
    summary: "Say how a flow stands; only the latest word is kept",
    details: REVISION_AND_KEY_NOTE,
    examples: ['clawtask flows update 0rk3m9zq7x4w --update "12 of 40 read" --step read'],
  },
  "flows block": {
    summary: "Say that a flow cannot go on, and why",
    details: REVISION_AND_KEY_NOTE,
    examples: ['clawtask flows block 0rk3m9zq7x4w --reason "the API key has expired"'],
  },
  "flows finish": {
    summary: "End a flow well; its requester is told",
    details: REVISION_AND_KEY_NOTE,
    examples: ['clawtask flows finish 0rk3m9zq7x4w --result "3 invoices are paid" --key invoices-may-done'],
  },
  "flows fail": {
    summary: "End a flow as failed, with the error",
    details: REVISION_AND_KEY_NOTE,
    examples: ['clawtask flows fail 0rk3m9zq7x4w --error "no invoice was found"'],
  },
  "flows cancel": {
    summary: "Stop a flow for good, with its tasks",
    details: `Its active tasks are asked to stop and no task comes in any more; it ends as cancelled once none is active.
${REVISION_AND_KEY_NOTE}`,
    examples: ['clawtask flows cancel 0rk3m9zq7x4w --reason "not needed any more"'],
  },
};
