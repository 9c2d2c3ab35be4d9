import { TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { shortTime } from "../../model/time.ts";
import { changedEvidence } from "../../operations/runs/evidence.ts";
import { show } from "../../operations/runs/show.ts";
import { defineCommand } from "../define-command.ts";
import { runText } from "../output/run-text.ts";

export const showCommand = defineCommand({
  command: "show",
  positionals: [{ name: "run_id" }],
  options: [{ name: "at" }],
  run(context, input) {
    const { registry, self } = context;
    const { document } = show(context, input);
    const { runPath: folder, at, state } = document;
    return {
      json: document,
      text: () => {
        const now = registry.now();
        if (at !== undefined)
          return `as of position ${at.seq}, ${shortTime(at.time)} (${state.lastEvent})\n\n${runText(state, { folder, now })}`;
        const text = runText(state, { folder, now, changed: (node) => changedEvidence(registry, folder, node) });
        const hasEnded = TERMINAL_RUN_STATUSES.includes(state.status);
        return `${text}${hasEnded ? "" : `\nwhat can be done now:\n  ${self} next ${state.runId}\n`}`;
      },
    };
  },
});
