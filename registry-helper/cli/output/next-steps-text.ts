import type { NextCheck } from "../../domain/run/next/next-check.ts";
import type { NextStep } from "../../domain/run/next/next-steps.ts";
import { countStatuses, type RunState } from "../../model/run-documents.ts";
import { shortTime } from "../../model/time.ts";
import type { RunSteps } from "../../operations/runs/next-steps.ts";
import { displayWidth, fillLines, linesAsWritten, splitToWidth, wrap } from "./layout.ts";

export function stepsText({ run, steps, folder, wake }: RunSteps, columns: number): string {
  const { state } = run;
  const counts = countStatuses(state.nodes);
  const head = `${headline(state, counts.completed + counts.skipped, counts.failed)}\nfolder ${folder}`;
  const end = wake === undefined ? "" : `\n\n${wakeText(wake, columns)}`;
  return `${head}\n\n${steps.map((step) => stepText(step, columns)).join("\n\n")}${end}\n`;
}

function headline(state: RunState, done: number, failed: number): string {
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const blocked = state.blockedBy === undefined ? "" : `; blocked by ${state.blockedBy.join(", ")}`;
  return `run ${state.runId}: ${state.status}, ${done} of ${state.nodes.length} nodes done${failures}${blocked}`;
}

const HEADINGS: Record<NextStep["action"], string> = {
  do: "DO",
  dispatch: "DISPATCH",
  claimed: "CLAIMED",
  ask: "ASK",
  check: "UNDER WAY",
  wait: "WAITING",
  repair: "FAILED",
  report: "REPORT",
  paused: "PAUSED",
};

function stepText(step: NextStep, columns: number): string {
  const attempt = step.attempt === undefined ? "" : `, attempt ${step.attempt}`;
  const heading = step.rejected === true ? "REJECTED" : HEADINGS[step.action];
  const title = step.nodeId === undefined ? heading : `${heading}  ${step.nodeId} (${step.kind ?? ""}${attempt})`;
  const own = (text: string, quotes: readonly string[] = []): string[] => sentence(text, { quotes, columns });
  const { before, resultSchema, answerSchema } = step;
  return [
    title,
    ...own(step.what, step.quotes),
    ...(step.changed ?? []).flatMap((what) => own(`stop: ${what}`)),
    ...(step.conflict === undefined ? [] : own(`conflict: ${step.conflict}`)),
    // `task` is what a spawn is given, or what the reader is to do: what a child does is not to be mistaken for it.
    ...asWritten(step.spawn === undefined && step.action !== "check" ? "task:" : "about:", step.prompt),
    ...(before === undefined ? [] : own(`before: attempt ${(step.attempt ?? 2) - 1} ended with "${before}"`, [before])),
    ...asWritten("retry:", step.retry),
    ...(step.said ?? []).flatMap((words) => asWritten("the person said:", `"${words}"`)),
    ...(step.unanswered ?? []).flatMap((what) => own(`not answered: ${what}`)),
    ...(step.unverified ?? []).flatMap((what) => own(`unverified: ${what}`)),
    ...(step.caveats ?? []).flatMap((what) => own(`say: ${what}`)),
    ...listed("choices:", step.choices, { separator: " |", columns }),
    ...asWritten("answer:", answerSchema === undefined ? undefined : `JSON that fits ${JSON.stringify(answerSchema)}`),
    ...listed("read:", step.inputs, { separator: ",", columns }),
    ...listed("write:", step.outputs, { separator: ",", columns }),
    ...asWritten(
      "result:",
      resultSchema === undefined
        ? undefined
        : `${step.resultPath ?? ""}, one JSON object that fits ${JSON.stringify(resultSchema)}`,
    ),
    // On a line of its own: it is sent as it is.
    ...(step.answerBy === undefined ? [] : [`  the person sends: ${step.answerBy}`]),
    ...commandLines(step),
  ].join("\n");
}

const INDENT = "  ";
/** Of texts with several lines below their label. */
const BLOCK_INDENT = "    ";

/**
 * A sentence of ours, wrapped. What it quotes of others stays as it was written: on one line, or as a block below.
 */
function sentence(text: string, { quotes, columns }: { quotes: readonly string[]; columns: number }): string[] {
  const room = columns - INDENT.length;
  const lines: string[] = [];
  let words: string[] = [];
  const flush = (): void => {
    if (words.length > 0) lines.push(...fillLines(words, room).map((line) => withoutCommands(INDENT + line)));
    words = [];
  };
  let rest = text;
  for (const quote of quotes) {
    const at = rest.indexOf(`"${quote}"`);
    if (at < 0) continue;
    // What follows a quote without a blank belongs to its last word.
    const tail = /^\S*/.exec(rest.slice(at + quote.length + 2))?.[0] ?? "";
    words.push(...toWords(rest.slice(0, at)));
    rest = rest.slice(at + quote.length + 2 + tail.length);
    const quoted = linesAsWritten(quote);
    if (quoted.length === 1) words.push(...wideWords(`"${quoted[0] ?? ""}"${tail}`, room));
    else {
      flush();
      lines.push(...quotedBlock(quoted).map((line, index) => (index === quoted.length - 1 ? line + tail : line)));
    }
  }
  words.push(...toWords(rest));
  flush();
  return lines;
}

function toWords(text: string): string[] {
  return linesAsWritten(text)
    .join(" ")
    .split(" ")
    .filter((word) => word !== "");
}

function quotedBlock(lines: readonly string[]): string[] {
  return `"${lines.join("\n")}"`.split("\n").map((line) => withoutCommands(line === "" ? "" : BLOCK_INDENT + line));
}

/** Chinese and Japanese are written without blanks, so a line of them can be broken anywhere; code and URLs cannot. */
function wideWords(text: string, room: number): string[] {
  const isProse = displayWidth(text) > room && displayWidth(text) > 1.5 * [...text].length;
  return isProse ? splitToWidth(text, room) : [text];
}

/** A text of somebody else: behind its label, or as a block below it. */
function asWritten(label: string, text: string | undefined): string[] {
  if (text === undefined) return [];
  const lines = linesAsWritten(text);
  if (lines.length === 1) return [`${INDENT}${label} ${lines[0] ?? ""}`];
  return [INDENT + label, ...lines.map((line) => withoutCommands(line === "" ? "" : BLOCK_INDENT + line))];
}

/** Names of others behind a label, none of them broken. */
function listed(
  label: string,
  items: readonly string[] | undefined,
  { separator, columns }: { separator: string; columns: number },
): string[] {
  if (items === undefined || items.length === 0) return [];
  const words = items.map(
    (item, index) => linesAsWritten(item).join(" ") + (index < items.length - 1 ? separator : ""),
  );
  const [first = "", ...others] = words;
  const lines = fillLines([`${label} ${first}`, ...others], columns - INDENT.length);
  return lines.map((line) => withoutCommands(INDENT + line));
}

/** A line of a text that looks like one of the commands below is marked: whoever pastes it is to see where it is from. */
function withoutCommands(line: string): string {
  return line.replace(/^(\s*)\$(?=\s|$)/u, "$1> $");
}

/** In order; a spawn of the host stands between the claim and the binding. */
function commandLines({ action, commands, choose, spawn, later, claim, takeOver }: NextStep): string[] {
  const shown = commands.map((command) => `  $ ${command}`);
  const call = spawn === undefined ? [] : [`  call sessions_spawn  task: "${spawn.task}"  label: "${spawn.label}"`];
  const then = later === undefined ? [] : ["  later, one of:", ...later.map((command) => `  $ ${command}`)];
  const last =
    takeOver === undefined
      ? []
      : ["  only if its holder is gone (perhaps you, before you lost your memory):", `  $ ${takeOver}`];
  if (choose === true) return [...call, "  one of:", ...shown, ...then, ...last];
  const isClaimed = claim !== undefined || action === "claimed";
  const inOrder = isClaimed ? [...call, ...shown] : [...shown.slice(0, 1), ...call, ...shown.slice(1)];
  return [...inOrder, ...then, ...last];
}

/** When a run has to be looked at again where nobody watches it. */
export function wakeText({ at, why }: NextCheck, columns: number): string {
  return wrap(`Look again at ${shortTime(at)}, if nothing wakes you before: ${why}.`, "", columns);
}
