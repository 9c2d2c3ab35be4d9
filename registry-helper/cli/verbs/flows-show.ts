import { inspectFlow } from "../../inspect-flow.ts";
import { taskStatus } from "../../task/status.ts";
import { describeFlow } from "../describe-flow.ts";
import { indexed } from "../indexed.ts";
import { nameOf } from "../task-text.ts";
import type { Verb } from "../verb.ts";

/** One flow: what it is waiting on, its outputs, its tasks. */
export const flowsShow: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "flows show", positionals: [{ name: "flow" }], options: [] },
  run(context) {
    const { registry, args, self } = context;
    const now = registry.now();
    const inspected = indexed(context, (database) => inspectFlow(registry, database, args.positionals["flow"] ?? ""));
    const { flow, view, tasks } = inspected;
    return {
      json: {
        ok: true,
        flow,
        view,
        outputs: Object.keys(flow.output),
        tasks: tasks.map(({ taskId, task }) => ({
          taskId,
          status: task?.status ?? null,
          phase: task === null ? null : taskStatus(task, now).phase,
          runtime: task?.runtime ?? null,
          what: task === null ? null : nameOf(task),
        })),
      },
      text: () => describeFlow(inspected, { now, self }),
    };
  },
};
