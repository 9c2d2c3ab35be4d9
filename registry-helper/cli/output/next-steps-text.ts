import type { NextCheck } from "../../domain/run/next/next-check.ts";
import type { NextStep } from "../../domain/run/next/next-steps.ts";
import { countStatuses, type RunState } from "../../model/run-documents.ts";
import { shortTime } from "../../model/time.ts";
import type { RunSteps } from "../../operations/runs/next-steps.ts";
import { wrap } from "./table.ts";

export function stepsText({ run, steps, folder, wake }: RunSteps): string {
  const { state } = run;
  const counts = countStatuses(state.nodes);
  const head = `${headline(state, counts.completed + counts.skipped, counts.failed)}\nfolder ${folder}`;
  const end = wake === undefined ? "" : `\n\n${wakeText(wake)}`;
  return `${head}\n\n${steps.map(stepText).join("\n\n")}${end}\n`;
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

function stepText(step: NextStep): string {
  const attempt = step.attempt === undefined ? "" : `, attempt ${step.attempt}`;
  const heading = step.rejected === true ? "REJECTED" : HEADINGS[step.action];
  const title = step.nodeId === undefined ? heading : `${heading}  ${step.nodeId} (${step.kind ?? ""}${attempt})`;
  const lines = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : [wrap(`${label} ${withoutCommands(text)}`, "  ")];
  return [
    title,
    wrap(withoutCommands(step.what), "  "),
    ...(step.changed ?? []).flatMap((what) => lines("stop:", what)),
    ...lines("conflict:", step.conflict),
    // `task` is what a spawn is given, or what the reader is to do: what a child does is not to be mistaken for it.
    ...lines(step.spawn === undefined && step.action !== "check" ? "task:" : "about:", step.prompt),
    ...lines(
      "before:",
      step.before === undefined ? undefined : `attempt ${(step.attempt ?? 2) - 1} ended with "${step.before}"`,
    ),
    ...lines("retry:", step.retry),
    ...(step.said ?? []).flatMap((words) => lines("the person said:", `"${words}"`)),
    ...(step.unanswered ?? []).flatMap((what) => lines("not answered:", what)),
    ...(step.unverified ?? []).flatMap((what) => lines("unverified:", what)),
    ...(step.caveats ?? []).flatMap((what) => lines("say:", what)),
    ...lines("choices:", step.choices?.join(" | ")),
    ...lines(
      "answer:",
      step.answerSchema === undefined ? undefined : `JSON that fits ${JSON.stringify(step.answerSchema)}`,
    ),
    ...lines("read:", step.inputs?.join(", ")),
    ...lines("write:", step.outputs?.join(", ")),
    // On a line of its own: it is sent as it is.
    ...(step.answerBy === undefined ? [] : [`  the person sends: ${step.answerBy}`]),
    ...commandLines(step),
  ].join("\n");
}

/** A line of a text that looks like one of the commands below is marked: whoever pastes it is to see where it is from. */
function withoutCommands(text: string): string {
  return text.replace(/^([ \t]*)\$(?=\s)/gm, "$1> $");
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
export function wakeText({ at, why }: NextCheck): string {
  return wrap(`Look again at ${shortTime(at)}, if nothing wakes you before: ${why}.`, "");
}
