import type { ArgumentSpec } from "./arguments.ts";
import { FLOW_HELP } from "./flow-help.ts";
import type { HelpEntry } from "./help-entry.ts";
import { hotVerbs } from "./hot-verbs.ts";
import type { Verb } from "./verb.ts";

/** What each verb is for, with something to paste. Order is the order of a run. */
const ENTRIES: Readonly<Record<string, HelpEntry>> = {
  scaffold: {
    summary: "Create a run from a workflow file",
    details: "Inside an agent's exec the gateway plugin supplies session and delivery context; elsewhere give them.",
    examples: [
      "clawtask scaffold --workflow-path workflows/report.task.md --run-id report-1 --source-session-key agent:main:main",
      `clawtask scaffold --workflow-path workflows/report.task.md --run-id report-2 --source-session-key K --delivery-context-json '{"channel":"telegram","to":"telegram:4242"}'`,
    ],
  },
  next: {
    summary: "What can be done now in a run, with the commands to paste",
    details:
      "--claim settles what time has brought, takes what is ready (at most --limit nodes, for --lease)\nand writes the briefs of children.",
    examples: ["clawtask next report-1 --claim", "clawtask next report-1 --json"],
  },
  claim: {
    summary: "Take nodes, so that nobody else begins them too",
    details: "A claim stands for --lease (30m), or as long as a bound child works. With --claim: extend it.",
    examples: ["clawtask claim report-1 review", "clawtask claim report-1 review --claim 12 --lease 2h"],
  },
  brief: { summary: "What a child needs to know to do a node", examples: ["clawtask brief report-1 review"] },
  complete: {
    summary: "Record that a node is done, with its files as evidence",
    details: "--next takes what can be done then. A result.json that the node asks for is checked.",
    examples: [
      'clawtask complete report-1 review --claim 12 --next --message "two mistakes found"',
      `clawtask complete report-1 score --result-json '{"points":7}' --message "7 of 10"`,
    ],
  },
  fail: {
    summary: "Record that an attempt at a node failed",
    details: "It is tried again by itself when the workflow says so.",
    examples: ['clawtask fail report-1 review --claim 12 --next --message "HTTP 503"'],
  },
  result: {
    summary: "Write and record result.json of a node that goes on",
    examples: [`clawtask result report-1 score --result-json '{"points":7}'`],
  },
  approve: {
    summary: "Record a person's yes, with their words, choice and data",
    examples: [
      'clawtask approve report-1 ok --by ana --message "yes, but mention the costs"',
      "clawtask approve report-1 ok --by ana --choice draft",
    ],
  },
  reject: {
    summary: "Record a person's no",
    examples: ['clawtask reject report-1 ok --by ana --message "too long"'],
  },
  retry: {
    summary: "Begin a new attempt of a node; the old one is kept",
    examples: ['clawtask retry report-1 review --message "with another model"'],
  },
  skip: { summary: "Leave a node out", examples: ['clawtask skip report-1 review --message "not needed"'] },
  pause: {
    summary: "Begin nothing new in a run",
    examples: ['clawtask pause report-1 --message "waiting for budget"'],
  },
  resume: { summary: "Let a paused run go on", examples: ["clawtask resume report-1"] },
  cancel: {
    summary: "Stop a run for good: what runs is stopped, what has not begun is left out",
    examples: ['clawtask cancel report-1 --by ana --message "not needed any more"'],
  },
  "add-node": {
    summary: "Add a node to a run that goes on",
    details: "Without --needed-by nothing waits for it. Left away: title from the id, kind subagent, a report.",
    examples: [
      `clawtask add-node report-1 --node-json '{"id":"deep-dive","needs":["gather"],"prompt":"..."}' --needed-by wrap-up`,
    ],
  },
  "rewire-node": {
    summary: "Change what a node needs, as long as it has not begun",
    examples: ["clawtask rewire-node report-1 wrap-up --needs gather,deep-dive"],
  },
  note: {
    summary: "Put a note on a run or a node",
    examples: ['clawtask note report-1 "budget is 20 calls" --node-id review'],
  },
  emit: {
    summary: "Tell a run that something has happened that it waits for",
    examples: [`clawtask emit report-1 press-ready --payload-json '{"edition":3}'`],
  },
  "send-message": {
    summary: "Send words to the requester of a run, through the gateway",
    examples: ['clawtask send-message report-1 "the numbers come tomorrow"'],
  },
  "patch-cron": {
    summary: "Ask the gateway to change the cron job of a run",
    examples: [`clawtask patch-cron report-1 --patch-json '{"enabled":false}'`],
  },
  tick: {
    summary: "Settle what time and others have brought: limits, waits, further attempts, control.jsonl",
    examples: ["clawtask tick report-1", "clawtask tick --all"],
  },
  "transition-node": {
    summary: "Record what happened to a node",
    details:
      "ready -> running -> completed | failed; ready -> waiting -> completed for approvals and waits; failed -> ready starts a new attempt.",
    examples: [
      "clawtask transition-node report-1 gather running",
      'clawtask transition-node report-1 gather completed --message "3 sources found"',
    ],
  },
  bind: {
    summary: "Record which session, child, host run or cron job does the work",
    examples: [
      "clawtask bind report-1 child-session --node-id review --value agent:main:subagent:4f9b",
      "clawtask bind report-1 cron --value 6b1c",
    ],
  },
  unbind: {
    summary: "Take a binding back",
    examples: ["clawtask unbind report-1 cron", "clawtask unbind report-1 child-session --node-id review"],
  },
  progress: { summary: "Note progress on a run", examples: ['clawtask progress report-1 "half of the sources read"'] },
  show: { summary: "One run: nodes, bindings, delivery", examples: ["clawtask show report-1"] },
  list: {
    summary: "All runs, the latest first",
    examples: ["clawtask list", "clawtask list --status running --limit 10"],
  },
  events: { summary: "The journal of a run", examples: ["clawtask events report-1 --after 12"] },
  "tasks list": {
    summary: "Detached work that the gateway plugin recorded",
    details:
      "What ended more than 7 days ago (lost: 24 hours) is shown with --all, --status, --since or --search.\n--since takes 30m, 12h, 7d or an ISO time. ! marks what needs somebody.",
    examples: [
      "clawtask tasks list",
      "clawtask tasks list --runtime cron --status failed --since 7d",
      'clawtask tasks list --search "invoice" --json',
    ],
  },
  "tasks show": {
    summary: "One task, by task id, host run id or child session key",
    details: "--context adds what is needed to take the work up again.",
    examples: ["clawtask tasks show t-20261121-0rk3", "clawtask tasks show 0rk3m9zq7x4w --context"],
  },
  "tasks watch": {
    summary: "The list, live; Ctrl-C ends",
    details: "Away from a terminal: one line (with --json: one document) for each task that changed.",
    examples: ["clawtask tasks watch", "clawtask tasks watch --runtime subagent --interval 5 --json"],
  },
  "tasks report": {
    summary: "Say how your work stands: phase, what holds it up, progress, files",
    details:
      "Without TASK: the work of this session. --artifact may be given several times; --block none takes a block back.",
    examples: [
      'clawtask tasks report --phase testing --update "12 of 40 tests pass"',
      'clawtask tasks report 0rk3m9zq7x4w --block user_input --next "choose a region"',
    ],
  },
  "tasks notify": {
    summary: "Choose what the requester hears of a task",
    examples: ["clawtask tasks notify 0rk3m9zq7x4w state_changes"],
  },
  "tasks cancel": {
    summary: "Ask for a task to be stopped, and say what came of it",
    details: "The gateway carries it out. Waits up to --wait seconds (10) for its answer; exit 1 when it is refused.",
    examples: ['clawtask tasks cancel 0rk3m9zq7x4w --reason "not needed any more"'],
  },
  "tasks retry": {
    summary: "Deliver results once more",
    details: "REF is a task or a run. --all: everything undelivered, narrowed by --runtime and --since.",
    examples: ["clawtask tasks retry 0rk3m9zq7x4w report-1", "clawtask tasks retry --all --since 12h"],
  },
  "tasks dismiss": {
    summary: "Record that nobody wants these results any more",
    details: "REF is a task or a run. --all: everything undelivered, narrowed by --runtime and --since.",
    examples: [
      'clawtask tasks dismiss 0rk3m9zq7x4w --reason "told by phone"',
      "clawtask tasks dismiss --all --runtime cron",
    ],
  },
  ...FLOW_HELP,
  attention: {
    summary: "Everything that needs somebody, each with the command for it",
    examples: ["clawtask attention", "clawtask attention --json"],
  },
  "tasks audit": {
    summary: "What is not as it should be in the ledger; exit 1 with errors",
    examples: ["clawtask tasks audit", "clawtask tasks audit --code delivery_failed --json"],
  },
  "tasks maintenance": {
    summary: "Say what would be tidied up in the ledger; --apply does it",
    details:
      "Unreadable and wrong lines go to ledger/<day>.damaged. Old tasks are dropped only with --retention,\nundelivered ones never.",
    examples: ["clawtask tasks maintenance", "clawtask tasks maintenance --retention 90d --apply"],
  },
  validate: {
    summary: "Check a run as OpenTask does, and more; exit 1 with problems",
    examples: ["clawtask validate report-1"],
  },
  verify: {
    summary: "Rebuild all projections in memory and compare them with the files",
    examples: ["clawtask verify", "clawtask verify report-1"],
  },
  repair: {
    summary: "Say what would mend a run; --apply does it",
    examples: ["clawtask repair report-1", "clawtask repair report-1 --apply"],
  },
  doctor: { summary: "Which registry is in force, and is it well", examples: ["clawtask doctor"] },
};

/** Usage, summary and examples of one verb, or the list of all. */
export function helpText(verbName: string | undefined, verbs: Readonly<Record<string, Verb>>, more: string): string {
  const named = verbName !== undefined && Object.hasOwn(ENTRIES, verbName) ? verbName : "";
  const verb = hotVerbs[named] ?? verbs[named];
  const entry = ENTRIES[named];
  if (verb === undefined || entry === undefined) return overview(more);
  const options = [...verb.spec.options.map(optionUsage), "[--registry-root ROOT]", "[--json | --text]"];
  const lines = [
    `usage: clawtask ${[verb.spec.verb, ...verb.spec.positionals.map(positionalUsage)].join(" ")}`,
    ...options.map((option) => `         ${option}`),
  ];
  const details = entry.details === undefined ? [] : ["", entry.details];
  return `${[...lines, "", `${entry.summary}.`, ...details, "", "examples:", ...entry.examples.map((example) => `  ${example}`)].join("\n")}\n`;
}

function positionalUsage({ name, choices, optional, many }: ArgumentSpec["positionals"][number]): string {
  const one = choices === undefined ? name.toUpperCase() : `{${choices.join(",")}}`;
  const shown = many === true ? `${one} ...` : one;
  return optional === true ? `[${shown}]` : shown;
}

function optionUsage({ name, flag, required, choices }: ArgumentSpec["options"][number]): string {
  const value =
    flag === true
      ? ""
      : ` ${choices === undefined ? (name.split("-").at(-1)?.toUpperCase() ?? "") : `{${choices.join(",")}}`}`;
  return required === true ? `--${name}${value}` : `[--${name}${value}]`;
}

function overview(more: string): string {
  const width = Math.max(...Object.keys(ENTRIES).map((name) => name.length));
  const lines = Object.entries(ENTRIES).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: clawtask [--registry-root ROOT] [--json | --text] COMMAND ...

Workflow runs, flows and the task ledger, in plain files.

${lines.join("\n")}
${more}
The registry is --registry-root, else CLAWTASK_REGISTRY_ROOT, else
OPENTASK_REGISTRY_ROOT, else the current directory when it holds one, else
the one that the gateway plugin uses, else the current directory.

  clawtask COMMAND --help   usage and examples of one command
`;
}
