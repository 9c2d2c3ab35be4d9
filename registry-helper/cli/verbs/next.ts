import { stepsOf } from "../../inspect-run.ts";
import { countStatuses, type RunState } from "../../model/run-documents.ts";
import type { NextStep } from "../../run/next-steps.ts";
import { wrap } from "../render.ts";
import type { Verb } from "../verb.ts";

export const next: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "next", positionals: [{ name: "run_id" }], options: [] },
  run({ registry, args, self }) {
    const { run, steps, folder } = stepsOf(registry, args.positionals["run_id"] ?? "", self);
    const { state } = run;
    const counts = countStatuses(state.nodes);
    const done = counts.completed + counts.skipped;
    const blocked = state.blockedBy === undefined ? {} : { blockedBy: state.blockedBy };
    return {
      json: {
        ok: true,
        runId: state.runId,
        runStatus: state.status,
        runPath: folder,
        done,
        failed: counts.failed,
        total: state.nodes.length,
        ...blocked,
        steps,
      },
      text: () => `${headline(state, done, counts.failed)}\nfolder ${folder}\n\n${steps.map(stepText).join("\n\n")}\n`,
    };
  },
};

function headline(state: RunState, done: number, failed: number): string {
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  const blocked = state.blockedBy === undefined ? "" : `; blocked by ${state.blockedBy.join(", ")}`;
  return `run ${state.runId}: ${state.status}, ${done} of ${state.nodes.length} nodes done${failures}${blocked}`;
}

const HEADINGS: Record<NextStep["action"], string> = {
  do: "DO",
  dispatch: "DISPATCH",
  ask: "ASK",
  check: "UNDER WAY",
  wait: "WAITING",
  repair: "FAILED",
  report: "REPORT",
};

function stepText(step: NextStep): string {
  const attempt = step.attempt === undefined ? "" : `, attempt ${step.attempt}`;
  const title =
    step.nodeId === undefined
      ? HEADINGS[step.action]
      : `${HEADINGS[step.action]}  ${step.nodeId} (${step.kind ?? ""}${attempt})`;
  const lines = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : [wrap(`${label} ${text}`, "  ")];
  return [
    title,
    wrap(step.what, "  "),
    ...lines("task:", step.prompt),
    ...lines(
      "before:",
      step.before === undefined ? undefined : `attempt ${(step.attempt ?? 2) - 1} ended with "${step.before}"`,
    ),
    ...lines("retry:", step.retry),
    ...(step.said ?? []).flatMap((words) => lines("the person said:", `"${words}"`)),
    ...lines("read:", step.inputs?.join(", ")),
    ...lines("write:", step.outputs?.join(", ")),
    ...commandLines(step),
  ].join("\n");
}

/** In order; a spawn of the host stands between the claim and the binding. */
function commandLines({ commands, choose, spawn }: NextStep): string[] {
  const shown = commands.map((command) => `  $ ${command}`);
  const call = spawn === undefined ? [] : [`  call sessions_spawn  task: "${spawn.task}"  label: "${spawn.label}"`];
  if (choose === true) return [...call, "  one of:", ...shown];
  return [...shown.slice(0, 1), ...call, ...shown.slice(1)];
}
