import type { ArgumentSpec } from "./arguments.ts";
import { hotVerbs } from "./hot-verbs.ts";
import type { Verb } from "./verb.ts";

interface HelpEntry {
  summary: string;
  examples: readonly string[];
  details?: string;
}

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
    examples: ["clawtask next report-1", "clawtask next report-1 --json"],
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
  progress: { summary: "Note progress on a run", examples: ['clawtask progress report-1 "half of the sources read"'] },
  show: { summary: "One run: nodes, bindings, delivery", examples: ["clawtask show report-1"] },
  list: {
    summary: "All runs, the latest first",
    examples: ["clawtask list", "clawtask list --status running --limit 10"],
  },
  events: { summary: "The journal of a run", examples: ["clawtask events report-1 --after 12"] },
  "tasks list": {
    summary: "Detached work that the gateway plugin recorded",
    examples: ["clawtask tasks list", "clawtask tasks list --run report-1 --json"],
  },
  "tasks show": {
    summary: "One task, by task id, host run id or child session key",
    examples: ["clawtask tasks show t-20261121-0rk3"],
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

Workflow runs and the task ledger, in plain files.

${lines.join("\n")}
${more}
The registry is --registry-root, else CLAWTASK_REGISTRY_ROOT, else
OPENTASK_REGISTRY_ROOT, else the current directory when it holds one, else
the one that the gateway plugin uses, else the current directory.

  clawtask COMMAND --help   usage and examples of one command
`;
}
