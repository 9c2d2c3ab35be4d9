import { type ArgumentSpec, type HelpEntry, type Command } from "../command.ts";
import { startupCommands } from "../startup-commands.ts";
import { FLOW_HELP } from "./flow-help.ts";

/** What each verb is for, with something to paste. Order is the order of a run. */
const ENTRIES: Readonly<Record<string, HelpEntry>> = {
  "workflow new": {
    summary: "Write a workflow file to begin with, from a template",
    details: "It becomes workflows/NAME.task.md; a file that is there is not touched. Without --template: blank.",
    examples: [
      "clawtask workflow new market-report --template research-report",
      'clawtask workflow new clean-up --title "Clean up the inbox"',
    ],
  },
  "workflow validate": {
    summary: "Check workflow files, each problem with its place; exit 1 with problems",
    details:
      "A WORKFLOW is a name or a path. Without one: all in workflows/. With --strict, warnings such as an unknown key are problems.",
    examples: ["clawtask workflow validate market-report", "clawtask workflow validate drafts/*.task.md --json"],
  },
  "workflow list": {
    summary: "The workflows of the registry, with version and number of runs",
    examples: ["clawtask workflow list"],
  },
  "workflow show": {
    summary: "One workflow: parameters, nodes, policies, versions that ran",
    examples: ["clawtask workflow show market-report"],
  },
  "workflow graph": {
    summary: "The graph of a workflow, or of a run with how each node stands",
    details: "--format mermaid and dot give text for these tools.",
    examples: [
      "clawtask workflow graph market-report",
      "clawtask workflow graph --run report-1",
      "clawtask workflow graph market-report --format mermaid",
    ],
  },
  scaffold: {
    summary: "Create a run from a workflow file",
    details:
      "Inside an agent's exec the gateway plugin supplies session and delivery context; elsewhere give them.\nWith --strict, a warning such as an unknown key of the workflow is an error, as in workflow validate --strict.",
    examples: [
      "clawtask scaffold --workflow-path workflows/report.task.md --run-id report-1 --source-session-key agent:main:main",
      `clawtask scaffold --workflow-path workflows/report.task.md --run-id report-2 --source-session-key K --delivery-context-json '{"channel":"telegram","to":"telegram:4242"}'`,
    ],
  },
  next: {
    summary: "What can be done now in a run, with the commands to paste",
    details:
      "--claim settles what time has brought, takes what is ready for --lease and writes the briefs of children.\nNo more than 5 nodes are under way at once; --limit N takes N more, --all everything that is ready.",
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
    details:
      "--next takes what can be done then. A result.json that the node asks for is checked. Several nodes, each as\nnode=claim, are judged one by one: exit 1 when one was refused, the others have ended. --message is for all\nof them, or given once for each.",
    examples: [
      'clawtask complete report-1 review=12 prices=31 --next --message "two mistakes" --message "5 shops"',
      'clawtask complete report-1 review --claim 12 --next --message "two mistakes found"',
      `clawtask complete report-1 score --result-json '{"points":7}' --message "7 of 10"`,
    ],
  },
  fail: {
    summary: "Record that an attempt at a node failed",
    details:
      "It is tried again by itself when the workflow says so. Several nodes, each as node=claim, are judged one by one,\nas with complete.",
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
    details:
      "Without --needed-by nothing waits for it. Named there, a question whose answer was no is asked again once the node is done, and the node's brief has what the person said. Left away: title from the id, kind subagent, a report.",
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
    summary: "Record which session, child, host run or cron job does the work, or where the run reports to",
    examples: [
      "clawtask bind report-1 child-session --node-id review --value agent:main:subagent:4f9b",
      "clawtask bind report-1 cron --value 6b1c",
      "clawtask bind report-1 route --value telegram:4242",
    ],
  },
  spawned: {
    summary: "Record the children that were started for nodes, all of them or none",
    details:
      "A CHILD is node=childSessionKey, as sessions_spawn answered it. --next takes what can be done then and\nprints it. The same call again changes nothing.",
    examples: ["clawtask spawned report-1 review=agent:main:subagent:4f9b prices=agent:main:subagent:77c1 --next"],
  },
  unbind: {
    summary: "Take a binding back",
    examples: ["clawtask unbind report-1 cron", "clawtask unbind report-1 child-session --node-id review"],
  },
  progress: { summary: "Note progress on a run", examples: ['clawtask progress report-1 "half of the sources read"'] },
  waking: {
    summary: "What wakes a run; where nothing does, the call for the host's cron tool, and --cron to record the job",
    details: "With the gateway plugin, and where a job is recorded, it says so: then make no other one.",
    examples: ["clawtask waking report-1", "clawtask waking report-1 --cron 6b1c"],
  },
  reported: {
    summary: "Record that you told the person how a run ended, where no plugin watches",
    details:
      "It is your word, not a receipt: the delivery stands as reported. A delivery that the gateway plugin watches\nis left as it is.",
    examples: ["clawtask reported report-1", 'clawtask reported report-1 --message "with the two open questions"'],
  },
  show: {
    summary: "One run: nodes, attempts, answers, evidence, delivery",
    details:
      "--at shows it as it was: at a position of the journal (see events), or at a time (30m, 2026-11-21T09:00).",
    examples: ["clawtask show report-1", "clawtask show report-1 --at 12", "clawtask show report-1 --at 30m"],
  },
  list: {
    summary: "All runs, the latest first",
    details:
      "--since (30m, 12h, 7d or an ISO time) goes by the last change, --search by beginnings of words in name, title\nand workflow. Runs in the archive are shown with --archived.",
    examples: [
      "clawtask list",
      "clawtask list --status running --limit 10",
      "clawtask list --search market --since 30d",
    ],
  },
  events: { summary: "The journal of a run", examples: ["clawtask events report-1 --after 12"] },
  fork: {
    summary: "A new run that carries over what was done before a node",
    details:
      "The node and all that builds on it begin anew, and so does what had not ended or had failed. Files of\nwhat was carried over are copied. --set changes parameters for what begins anew,\n--route (channel:target) where the new run reports to.",
    examples: [
      "clawtask fork report-1 --from review",
      "clawtask fork report-1 --from review --run-id report-1b --set depth=deep",
    ],
  },
  compare: {
    summary: "Two runs node by node: path, outcomes, outputs, durations; what differs first",
    examples: ["clawtask compare report-1 report-1-fork", "clawtask compare report-1 report-2 --json"],
  },
  timeline: {
    summary: "When each attempt of a run waited, began and ended; the critical path",
    examples: ["clawtask timeline report-1", "clawtask timeline report-1 --json"],
  },
  stats: {
    summary: "How the runs of a workflow went, per version and path; or tasks by agent, model, job or label",
    details:
      "WORKFLOW is the workflowId. --since takes 30m, 12h, 7d or an ISO time, and goes by when a run or task was\nmade. TIME percentiles are of what completed. --by takes all tasks of the ledger in place of a workflow:\nhow they went, and the tokens and cost of those of which the host told them.",
    examples: [
      "clawtask stats market-report",
      "clawtask stats market-report --since 30d --json",
      "clawtask stats --by model --since 7d",
    ],
  },
  export: {
    summary: "One file with the journal and every file of a run, with hashes; --verify checks it",
    details: "Without --out: RUN.export.jsonl in the current directory; - is the standard output.",
    examples: [
      "clawtask export report-1 --out report-1.jsonl",
      "clawtask export report-1 --out - | gzip > report-1.jsonl.gz",
      "clawtask export --verify report-1.jsonl",
    ],
  },
  archive: {
    summary: "Take runs that are over out of the lists; --undo takes them back in",
    examples: ["clawtask archive report-1", "clawtask archive --older-than 30d", "clawtask archive report-1 --undo"],
  },
  prune: {
    summary: "Say which old runs would be removed for good; --apply does it",
    details: "Only runs that are over, and never one whose outcome did not reach its requester.",
    examples: ["clawtask prune --retention 90d", "clawtask prune --retention 90d --apply"],
  },
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
    details:
      "REF is a task or a run. --all: everything undelivered, narrowed by --runtime and --since.\n--to sends them elsewhere (channel:target), with who chose that on record.",
    examples: [
      "clawtask tasks retry 0rk3m9zq7x4w report-1",
      "clawtask tasks retry report-1 --to telegram:4242",
      "clawtask tasks retry --all --since 12h",
    ],
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
  status: {
    summary: "Everything under way: runs and flows with their tasks, and tasks of their own",
    examples: ["clawtask status", "clawtask status --json"],
  },
  attention: {
    summary: "Everything that needs attention, each with the command for it",
    examples: ["clawtask attention", "clawtask attention --json"],
  },
  audit: {
    summary: "What is wrong with tasks, flows and runs, with a repair for each; exit 1 with errors",
    examples: ["clawtask audit", "clawtask audit --severity error --json", "clawtask audit --code stranded_ready"],
  },
  "tasks audit": {
    summary: "The same as audit",
    examples: ["clawtask tasks audit", "clawtask tasks audit --code delivery_failed --json"],
  },
  "tasks maintenance": {
    summary: "Say what would be tidied up in the ledger; --apply does it",
    details:
      "Damaged and wrong lines go to ledger/<day>.damaged; with --accept-changes, lines that were changed after\nthey were written are taken over as they stand. Old tasks and flows are dropped only with\n--retention, undelivered ones never; a flow and its tasks together.",
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
    summary: "Say what would mend a run or a flow; --apply does it",
    details:
      "Lines that were changed after they were written are taken out and kept in events.damaged; with\n--accept-changes they are taken over as they stand. --all: every run and flow that needs it, such as after\na backup was brought back.",
    examples: ["clawtask repair report-1", "clawtask repair report-1 --apply", "clawtask repair --all --apply"],
  },
  doctor: { summary: "Which registry is in force, and is it well", examples: ["clawtask doctor"] },
};

/** The verbs that have help, in the order of the overview. */
export const DOCUMENTED_COMMANDS: readonly string[] = Object.keys(ENTRIES);

/** Usage, summary and examples of one verb, or the list of all. */
export function helpText(
  commandName: string | undefined,
  commands: Readonly<Record<string, Command>>,
  more: string,
): string {
  const named = commandName !== undefined && Object.hasOwn(ENTRIES, commandName) ? commandName : "";
  const command = startupCommands[named] ?? commands[named];
  const entry = ENTRIES[named];
  return command === undefined || entry === undefined ? overview(more) : commandHelp(command.spec, entry);
}

/** Usage, summary and examples of a verb. */
export function commandHelp(spec: ArgumentSpec, entry: HelpEntry): string {
  const options = [...spec.options.map(optionUsage), "[--registry-root ROOT]", "[--json | --text]"];
  const lines = [
    `usage: clawtask ${[spec.command, ...spec.positionals.map(positionalUsage)].join(" ")}`,
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
