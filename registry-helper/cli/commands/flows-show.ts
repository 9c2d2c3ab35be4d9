import { show } from "../../operations/flows/show.ts";
import type { Command } from "../command.ts";
import { describeFlow } from "../output/flow-text.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

/** One flow: what it is waiting on, its outputs, its tasks. */
export const flowsShow: Command = {
  jsonWhenPiped: false,
  spec: { command: "flows show", positionals: [{ name: "flow" }], options: [] },
  run(context) {
    const { args, self } = context;
    const { document, inspected, now } = show(toIndexedContext(context), { flow: args.positionals["flow"] ?? "" });
    return { json: document, text: () => describeFlow(inspected, { now, self }) };
  },
};
