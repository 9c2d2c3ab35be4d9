import { readEvents } from "../../operations/runs/read-events.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import type { Command } from "../command.ts";
import { table } from "../output/table.ts";

export const events: Command = {
  jsonWhenPiped: false,
  spec: { command: "events", positionals: [{ name: "run_id" }], options: [{ name: "after" }, { name: "limit" }] },
  run({ registry, args }) {
    const { options } = args;
    const after = wholeNumber(options["after"], "--after");
    const limit = wholeNumber(options["limit"], "--limit");
    const found = readEvents(registry, args.positionals["run_id"] ?? "", {
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    return {
      json: { ok: true, events: found },
      text: () => {
        const rows = found.map((event) => [
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

function wholeNumber(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw usageError(`argument ${flag}: a whole number is expected, not '${text}'`, "events");
}
