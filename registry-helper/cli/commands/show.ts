import { TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { shortTime } from "../../model/time.ts";
import { changedEvidence } from "../../operations/runs/evidence.ts";
import { events, requireCount } from "../../operations/runs/read-events.ts";
import { show } from "../../operations/runs/show.ts";
import { defineCommand } from "../define-command.ts";
import { eventsText } from "../output/events-text.ts";
import { runText } from "../output/run-text.ts";

export const showCommand = defineCommand({
  command: "show",
  positionals: [{ name: "run_id" }],
  options: [{ name: "at" }],
  run(context, input) {
    const { registry, self, columns } = context;
    const { document } = show(context, input);
    const { runPath: folder, at, state } = document;
    return {
      json: document,
      text: () => {
        const now = registry.now();
        if (at !== undefined)
          return `as of position ${at.seq}, ${shortTime(at.time)} (${state.lastEvent})\n\n${runText(state, { folder, now, columns })}`;
        const text = runText(state, {
          folder,
          now,
          columns,
          changed: (node) => changedEvidence(registry, folder, node),
        });
        const hasEnded = TERMINAL_RUN_STATUSES.includes(state.status);
        return `${text}${hasEnded ? "" : `\nwhat can be done now:\n  ${self} next ${state.runId}\n`}`;
      },
    };
  },
});

export const eventsCommand = defineCommand({
  command: "events",
  positionals: [{ name: "run_id" }],
  options: [
    { name: "after", read: readCount },
    { name: "limit", read: readCount },
  ],
  run(context, input) {
    const { document } = events(context, input);
    return {
      json: document,
      text: () => {
        return eventsText(document.events, context.columns);
      },
    };
  },
});

function readCount(text: string | undefined, { name }: { name: string }): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  requireCount(value, name, text);
  return value;
}
