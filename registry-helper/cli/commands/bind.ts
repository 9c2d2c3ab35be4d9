import { BIND_KINDS, type BindKind } from "../../domain/run/commands.ts";
import { nextCheck } from "../../domain/run/next/next-check.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import { commitRun } from "../../registry/run-store.ts";
import { MESSAGE_OPTIONS, boundValue, textOption, payloadOption } from "../arguments/common-options.ts";
import type { Command, CommandContext } from "../command.ts";
import { wakeText } from "../output/next-check-text.ts";

export const bind: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "bind",
    positionals: [{ name: "run_id" }, { name: "kind", choices: BIND_KINDS }],
    options: [{ name: "node-id" }, { name: "value" }, ...MESSAGE_OPTIONS],
  },
  run(context) {
    const { registry, args } = context;
    const runId = args.positionals["run_id"] ?? "";
    const committed = commitRun(registry, runId, {
      key: args.options["key"],
      command: {
        type: "bind",
        kind: args.positionals["kind"] as BindKind,
        nodeId: args.options["node-id"],
        value: boundValue(args),
        message: textOption(args, "message"),
        payload: payloadOption(args),
      },
    });
    const [event] = committed.events;
    return {
      json: { ok: true, event, refs: committed.state.refs },
      text: () =>
        `${event?.message ?? ""}\n${event?.event !== "node.child_session_bound" ? "" : nextCheckText(context, committed.state)}`,
      notices: committed.notices,
    };
  },
};

/** What `next` said of the claim is over with the binding. The plugin watches children; its session key tells of it. */
function nextCheckText({ registry, env }: CommandContext, { state }: RunDocument): string {
  const wake = env["CLAWTASK_SESSION_KEY"] ? undefined : nextCheck(state, registry.now());
  return wake === undefined ? "" : `${wakeText(wake)}\n`;
}
