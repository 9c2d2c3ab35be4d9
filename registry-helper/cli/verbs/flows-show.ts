import { inspectFlow } from "../../inspect-flow.ts";
import { describeFlow, flowDocument } from "../describe-flow.ts";
import { indexed } from "../indexed.ts";
import type { Verb } from "../verb.ts";

/** One flow: what it is waiting on, its outputs, its tasks. */
export const flowsShow: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "flows show", positionals: [{ name: "flow" }], options: [] },
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
