import { BIND_KINDS, type BindKind } from "../../domain/run/commands.ts";
import { nextCheck } from "../../domain/run/next/next-check.ts";
import { bind, unbind } from "../../operations/runs/bindings.ts";
import { KEY_OPTION, MESSAGE_OPTIONS, payloadOption } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";
import { wakeText } from "../output/next-check-text.ts";

const POSITIONALS = [{ name: "run_id" }, { name: "kind", choices: BIND_KINDS }] as const;

export const bindCommand: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "bind",
    positionals: POSITIONALS,
    options: [{ name: "node-id" }, { name: "value" }, ...MESSAGE_OPTIONS],
  },
  run(context) {
    const { registry, actor, args } = context;
    const { document, notices, run } = bind(context, {
      runId: args.positionals["run_id"] ?? "",
      kind: args.positionals["kind"] as BindKind,
      nodeId: args.options["node-id"],
      value: args.options["value"],
      message: args.options["message"],
      payload: payloadOption(args),
      key: args.options["key"],
    });
    const { event } = document;
    return {
      json: document,
      text: () => {
        // What `next` said of the claim is over with the binding. The plugin watches the children of its sessions.
        const isUnwatched = event?.event === "node.child_session_bound" && !actor;
        const wake = isUnwatched ? nextCheck(run.state, registry.now()) : undefined;
        return `${event?.message ?? ""}\n${wake === undefined ? "" : `${wakeText(wake)}\n`}`;
      },
      notices,
    };
  },
};

export const unbindCommand: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "unbind",
    positionals: POSITIONALS,
    options: [{ name: "node-id" }, { name: "message" }, KEY_OPTION],
  },
  run(context) {
    const { positionals, options } = context.args;
    const { document } = unbind(context, {
      runId: positionals["run_id"] ?? "",
      kind: positionals["kind"] as BindKind,
      nodeId: options["node-id"],
      message: options["message"],
      key: options["key"],
    });
    return { json: document, text: () => `${document.event?.message ?? ""}\n` };
  },
};
