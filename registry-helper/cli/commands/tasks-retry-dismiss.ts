import { pasteable } from "../../model/remedy.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import { dismiss, type ResolvedResult, retry } from "../../operations/tasks/retry-dismiss.ts";
import { CHANGE_OPTIONS, changeOptions } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";

/** Delivers results again, each as a new generation of its delivery. */
export const tasksRetry = resolveCommand("retry", []);
/** Records that these results are not wanted any more. */
export const tasksDismiss = resolveCommand("dismiss", [{ name: "reason" }]);

function resolveCommand(action: "retry" | "dismiss", more: Command["spec"]["options"]): Command {
  return {
    jsonWhenPiped: false,
    spec: {
      command: `tasks ${action}`,
      positionals: [{ name: "ref", optional: true, many: true }],
      options: [
        ...more,
        { name: "all", flag: true },
        { name: "runtime", choices: TASK_RUNTIMES },
        { name: "since" },
        ...CHANGE_OPTIONS,
      ],
    },
    run(context) {
      const { args, self } = context;
      const input = {
        refs: args.lists["ref"],
        all: args.flags.has("all"),
        runtime: args.options["runtime"],
        since: args.options["since"],
        ...changeOptions(args, `tasks ${action}`),
      };
      const indexed = toIndexedContext(context);
      const { document } =
        action === "retry" ? retry(indexed, input) : dismiss(indexed, { ...input, reason: args.options["reason"] });
      const { ok, results } = document;
      return {
        json: document,
        exit: ok ? 0 : 1,
        text: () => {
          if (results.length === 0) return "nothing is undelivered\n";
          return `${results.map((one) => formatLine(action, one, self)).join("\n")}\n`;
        },
      };
    },
  };
}

function formatLine(action: "retry" | "dismiss", result: ResolvedResult, self: string): string {
  if (!result.ok) {
    const { code, message, next } = result.error;
    return `${result.ref}: ${message}\n  code: ${code}${next === undefined ? "" : `\n  next: ${pasteable(next, self)}`}`;
  }
  const { id, changed, generation } = result;
  if (action === "dismiss") return `${id}: dismissed${changed ? "" : " already"}`;
  return changed
    ? `${id}: will be delivered again (time ${generation}) by the gateway`
    : `${id}: was asked for with this key before`;
}
