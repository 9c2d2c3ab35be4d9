import type { NextStep } from "../../domain/run/next/next-steps.ts";
import { displayWidth, fillLines, linesAsWritten, splitToWidth } from "./layout.ts";

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

/** One step in full. */
export function stepText(step: NextStep, { self, columns }: { self: string; columns: number }): string {
  const own = (text: string, quotes: readonly string[] = []): string[] => sentence(text, { quotes, columns });
  const { resultSchema, answerSchema } = step;
  return [
    stepTitle(step),
    ...own(step.what, step.quotes),
    ...warnings(step, columns),
    // What a child does stands in its brief, and is not to be mistaken for what the reader is to do.
    ...asWritten("task:", step.spawn === undefined && step.action !== "check" ? step.prompt : undefined),
    ...(step.earlier ?? []).flatMap((line) => asWritten("before:", line)),
    ...(step.left ?? []).flatMap((line) => asWritten("left:", line)),
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
    ...commandLines(step, self),
  ].join("\n");
}

/** The first line of a step. */
export function stepTitle(step: NextStep): string {
  const attempt = step.attempt === undefined ? "" : `, attempt ${step.attempt}`;
  const heading = step.rejected === true ? "REJECTED" : step.reported === undefined ? HEADINGS[step.action] : "DONE";
  return step.nodeId === undefined ? heading : `${heading}  ${step.nodeId} (${step.kind ?? ""}${attempt})`;
}

/** What is wrong with a step, which nobody may miss. */
export function warnings({ changed = [], conflict }: NextStep, columns: number): string[] {
  const own = (text: string): string[] => sentence(text, { quotes: [], columns });
  return [
    ...changed.flatMap((what) => own(`stop: ${what}`)),
    ...(conflict === undefined ? [] : own(`conflict: ${conflict}`)),
  ];
}

/** The call that starts a child, with its arguments as JSON. */
export function spawnLine({ spawn }: NextStep): string {
  return `  call sessions_spawn ${JSON.stringify(spawn)}`;
}

/** A command without the call of the helper, for what is not to be run now. */
export function shortCommand(command: string, self: string): string {
  return command.startsWith(`${self} `) ? command.slice(self.length + 1) : command;
}

const INDENT = "  ";
/** Of texts with several lines below their label. */
const BLOCK_INDENT = "    ";

/**
 * A sentence of ours, wrapped. What it quotes of others stays as it was written: on one line, or as a block below.
 */
export function sentence(text: string, { quotes, columns }: { quotes: readonly string[]; columns: number }): string[] {
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
function commandLines(step: NextStep, self: string): string[] {
  const { action, commands, choose, spawn, later, claim, takeOver } = step;
  if (action === "wait") return waitLines(commands, self);
  const shown = commands.map((command) => `  $ ${command}`);
  const call = spawn === undefined ? [] : [spawnLine(step)];
  const then = later === undefined ? [] : ["  later, one of:", ...later.map((command) => `  $ ${command}`)];
  const last =
    takeOver === undefined
      ? []
      : ["  only if its holder is gone (perhaps you, before you lost your memory):", `  $ ${takeOver}`];
  if (action === "do" && choose === true)
    return [...shown.slice(0, 1), ...commands.slice(1).map((other) => `  or: ${shortCommand(other, self)}`)];
  if (choose === true) return [...call, "  one of:", ...shown, ...then, ...last];
  const isClaimed = claim !== undefined || action === "claimed";
  const inOrder = isClaimed ? [...call, ...shown] : [...shown.slice(0, 1), ...call, ...shown.slice(1)];
  return [...inOrder, ...then, ...last];
}

/** What ends a wait, for when it has ended. Two answers that take the same words share a line. */
function waitLines(commands: readonly string[], self: string): string[] {
  const short = commands.map((command) => shortCommand(command, self));
  const [first = "", second = ""] = short;
  const tail = (command: string): string => command.slice(command.indexOf(" "));
  if (short.length === 2 && tail(first) === tail(second))
    return [`  then: ${first.split(" ")[0] ?? ""} (or ${second.split(" ")[0] ?? ""})${tail(first)}`];
  return short.map((command, index) => `  ${index === 0 ? "then" : "or"}: ${command}`);
}
