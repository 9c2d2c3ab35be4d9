import { inspectFlow } from "../../views/queries/flow-details.ts";
import type { Command } from "../command.ts";
import { describeFlow, flowDocument } from "../output/flow-text.ts";
import { indexed } from "../output/indexing-progress.ts";

/** One flow: what it is waiting on, its outputs, its tasks. */
export const flowsShow: Command = {
  jsonWhenPiped: false,
  spec: { command: "flows show", positionals: [{ name: "flow" }], options: [] },
  run(context) {
    const { registry, args, self } = context;
    const now = registry.now();
    const inspected = indexed(context, (database) => inspectFlow(registry, database, args.positionals["flow"] ?? ""));
    return {
      json: { ok: true, ...flowDocument(inspected, now) },
      text: () => describeFlow(inspected, { now, self }),
    };
  },
};
