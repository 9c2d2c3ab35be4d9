import { isChildCheck, type NextCheck } from "../../domain/run/next/next-check.ts";
import type { NextStep } from "../../domain/run/next/next-steps.ts";
import { countStatuses, type RunNode, type RunState } from "../../model/run-documents.ts";
import { shortTime } from "../../model/time.ts";
import type { RunSteps } from "../../operations/runs/next-steps.ts";
import { fillLines, fitLine, wrap } from "./layout.ts";
import { sentence, spawnLine, stepText, stepTitle, warnings } from "./step-text.ts";

/** What to do in a run. What is under way takes one line, and what several steps share is said once. */
export function stepsText(found: RunSteps, columns: number): string {
  const { run, steps, self, moreReady, folder, wake } = found;
  const { state } = run;
  const counts = countStatuses(state.nodes);
  const layout = { self, columns };
  const isShort = (step: NextStep): boolean =>
    (step.nodeId !== undefined && found.given.has(step.nodeId)) || isUnderWay(step);
  const dispatched = steps.filter((step) => step.action === "dispatch" && step.claim !== undefined && !isShort(step));
  const inFull = steps.filter((step) => !isShort(step) && !dispatched.includes(step));
  const repairs = inFull.filter(({ action }) => action === "repair" || action === "paused");
  const parts = [
    ...repairs.map((step) => stepText(step, layout)),
    ...(dispatched.length === 0 ? [] : [dispatchText(dispatched, state, layout)]),
    ...inFull.filter((step) => !repairs.includes(step)).map((step) => stepText(step, layout)),
    ...givenText(steps, found),
    ...underWayText(steps.filter(isUnderWay), state, layout),
    ...moreText(moreReady, columns),
  ];
  // Whoever has nothing to do needs no paths; whoever has something calls again before time matters.
  const isIdle = inFull.every(({ action }) => action === "wait") && dispatched.length === 0;
  const isBusy = dispatched.length > 0 || inFull.some(({ action }) => action === "do");
  if (wake !== undefined && !isBusy && state.cronJobId !== null)
    parts.push(`The cron job ${state.cronJobId} wakes you.`);
  else if (wake !== undefined && !isBusy) {
    // The children stand above by their names.
    parts.push(isChildCheck(wake) ? `Look again at ${shortTime(wake.at)}.` : wakeText(wake, columns));
  }
  const head = headline(state, counts.completed + counts.skipped, counts.failed);
  return `${head}${isIdle ? "\n" : `\nfolder ${folder}\n\n`}${parts.join(isIdle ? "\n" : "\n\n")}\n`;
}

function headline(state: RunState, done: number, failed: number): string {
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const blocked = state.blockedBy === undefined ? "" : `; blocked by ${state.blockedBy.join(", ")}`;
  return `run ${state.runId}: ${state.status}, ${done} of ${state.nodes.length} nodes done${failures}${blocked}`;
}

interface Layout {
  self: string;
  columns: number;
}

/** Children to start: the arguments of each, and one command for all of them. */
function dispatchText(steps: readonly NextStep[], { runId, nodes }: RunState, { self, columns }: Layout): string {
  const names = steps.map(({ nodeId = "" }) => nodeId);
  const titles = new Map(nodes.map(({ id, title }) => [id, title]));
  const isPlural = steps.length > 1;
  const some = isPlural ? "each brief" : "its brief";
  const then = isPlural ? "When all are spawned, record them with one command" : "Then record the child";
  return [
    ...steps.flatMap((step) => [
      `${stepTitle(step)}: ${fitLine(titles.get(step.nodeId ?? "") ?? "", columns)}`,
      ...warnings(step, columns),
      ...(step.what.includes("since before")
        ? ["  yours since before: if you spawned it already, only record it"]
        : []),
      spawnLine(step),
    ]),
    ...sentence(`Before that, add to ${some} (handoff.md) what only you know. ${then}, before anything else:`, {
      quotes: [],
      columns,
    }),
    `  $ ${self} spawned ${runId} ${names.map((name) => `${name}="<childSessionKey>"`).join(" ")} --next`,
  ].join("\n");
}

/** A child that was started under a claim: what there is to say of it fits on a line. */
function isUnderWay({ action, child, claim, conflict, changed }: NextStep): boolean {
  return (
    action === "check" && child !== undefined && claim !== undefined && conflict === undefined && changed === undefined
  );
}

/** What an earlier call gave to somebody, who knows it. */
function givenText(steps: readonly NextStep[], { given, run }: RunSteps): string[] {
  const lines = steps.flatMap((step) => {
    const node = run.state.nodes.find(({ id }) => id === step.nodeId);
    if (node?.claim === undefined || !given.has(node.id) || isUnderWay(step)) return [];
    return [`CLAIMED  ${named(node)} (${node.kind}), until ${shortTime(node.claim.until)}: go on if it is yours.`];
  });
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function named({ id, claim }: RunNode): string {
  return `${id}=${claim?.token ?? ""}`;
}

function underWayText(steps: readonly NextStep[], { runId, nodes }: RunState, { self, columns }: Layout): string[] {
  if (steps.length === 0) return [];
  const words = (some: readonly NextStep[]): string[] =>
    some.map(({ nodeId, claim }) => `${nodeId ?? ""}=${claim ?? ""}`);
  const there = steps.filter(({ child }) => child?.missing.length === 0);
  const open = steps.filter((step) => !there.includes(step));
  const lines: string[] = [];
  if (open.length > 0) {
    const items = open.map((step, index) => {
      const node = nodes.find(({ id }) => id === step.nodeId);
      const missing = step.child?.missing ?? [];
      const isUsual = missing.length === 1 && missing[0] === `nodes/${node?.id ?? ""}/report.md`;
      return `${words([step])[0] ?? ""}${isUsual ? "" : ` (${missing.join(", ")})`}${index < open.length - 1 ? "," : ":"}`;
    });
    const [first = "", ...others] = items.flatMap((item) => item.split(" "));
    lines.push(...fillLines([`UNDER WAY  ${first}`, ...others, ...NOT_YET], columns));
  }
  if (there.length > 0) {
    const hasFiles = there.every(({ outputs = [] }) => outputs.length > 0);
    const what = hasFiles
      ? "written. Has its end reached you? Check the files, then"
      : "once its result has reached you";
    const items = words(there);
    const [first = "", ...others] = `${items.join(", ")}: ${what}`.split(" ");
    lines.push(
      ...fillLines([`UNDER WAY  ${first}`, ...others], columns),
      `  $ ${self} complete ${runId} ${items.join(" ")} --next --message "<what came out>"`,
    );
  }
  const one = steps.length === 1 ? words(steps)[0] : `"<node=claim>"`;
  lines.push(`  gone, or no good: fail ${runId} ${one ?? ""} --next --message "<why>"`);
  return [lines.join("\n")];
}

const NOT_YET = ["no", "files", "yet."];

function moreText(moreReady: readonly string[], columns: number): string[] {
  if (moreReady.length === 0) return [];
  const are = moreReady.length === 1 ? "is" : "are";
  return [
    wrap(
      `${moreReady.length} more ${are} ready and follow${moreReady.length === 1 ? "s" : ""} when something has ended (--all: now).`,
      "",
      columns,
    ),
  ];
}

/** When a run has to be looked at again where nobody watches it. */
export function wakeText({ at, why }: NextCheck, columns: number): string {
  return wrap(`Look again at ${shortTime(at)}: ${why}.`, "", columns);
}
