import { type RunDocument, TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { shortTime } from "../../model/time.ts";
import { changedEvidence } from "../../operations/runs/evidence.ts";
import { loadRunAt } from "../../registry/run-history.ts";
import { loadRun } from "../../registry/run-store.ts";
import { existingRunPaths } from "../../storage/run-paths.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import { timeOption } from "../arguments/task-filter-options.ts";
import type { Command, CommandContext } from "../command.ts";
import { runText } from "../output/run-text.ts";

export const show: Command = {
  jsonWhenPiped: false,
  spec: { command: "show", positionals: [{ name: "run_id" }], options: [{ name: "at" }] },
  run(context) {
    const { registry, args, self } = context;
    const runId = args.positionals["run_id"] ?? "";
    const folder = existingRunPaths(registry.fs, registry.root, runId).folder;
    const at = args.options["at"];
    const past = at === undefined ? undefined : loadPastRun(context, runId, at);
    const loaded = past ?? loadRun(registry, runId);
    const { state, refs } = loaded.run;
    return {
      json: {
        ok: true,
        runPath: folder,
        ...(past === undefined ? { revision: loaded.seq } : { at: { seq: past.seq, time: state.updatedAt } }),
        state,
        refs,
      },
      text: () => {
        const now = registry.now();
        if (past !== undefined)
          return `as of position ${past.seq}, ${shortTime(state.updatedAt)} (${state.lastEvent})\n\n${runText(state, { folder, now })}`;
        const text = runText(state, { folder, now, changed: (node) => changedEvidence(registry, folder, node) });
        const hasEnded = TERMINAL_RUN_STATUSES.includes(state.status);
        return `${text}${hasEnded ? "" : `\nwhat can be done now:\n  ${self} next ${state.runId}\n`}`;
      },
    };
  },
};

function loadPastRun({ registry, args }: CommandContext, runId: string, at: string): { run: RunDocument; seq: number } {
  const time = timeOption(args, "at", { now: registry.now(), command: "show", also: /^\d+$/ });
  const past = loadRunAt(registry, runId, time === undefined ? { seq: Number(at) } : { time });
  if (past !== undefined) return past;
  throw usageError(`argument --at: the journal of run ${runId} tells nothing of ${at}`, "show");
}
