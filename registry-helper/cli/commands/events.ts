import { events, requireCount } from "../../operations/runs/read-events.ts";
import type { Command, ParsedArguments } from "../command.ts";
import { table } from "../output/table.ts";

export const eventsCommand: Command = {
  jsonWhenPiped: false,
  spec: { command: "events", positionals: [{ name: "run_id" }], options: [{ name: "after" }, { name: "limit" }] },
  run(context) {
    const { args } = context;
    const { document } = events(context, {
      runId: args.positionals["run_id"] ?? "",
      after: countOption(args, "after"),
      limit: countOption(args, "limit"),
    });
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
};

function countOption({ options }: ParsedArguments, name: "after" | "limit"): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  requireCount(value, name, text);
  return value;
}
