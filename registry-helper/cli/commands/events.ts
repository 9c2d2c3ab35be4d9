import { events, requireCount } from "../../operations/runs/read-events.ts";
import { defineCommand } from "../define-command.ts";
import { table } from "../output/table.ts";

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
        const rows = document.events.map((event) => [
          String(event["seq"] ?? "-"),
          String(event["timestamp"] ?? "").slice(11, 23),
          String(event["event"]),
          [event["nodeId"], event["message"]].filter((part) => typeof part === "string").join(": "),
        ]);
        return table(["SEQ", "TIME (UTC)", "EVENT", "WHAT"], rows);
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
