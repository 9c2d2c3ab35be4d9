import { BIND_KINDS, type BindKind } from "../../domain/run/commands.ts";
import { parseJsonArgument } from "../../model/json.ts";
import { commitRun } from "../../registry/run-store.ts";
import { getActor } from "../arguments/actor.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";

/** Takes a binding back, such as that of a cron job that is gone. */
export const unbind: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "unbind",
    positionals: [{ name: "run_id" }, { name: "kind", choices: BIND_KINDS }],
    options: [{ name: "node-id" }, { name: "message" }, KEY_OPTION],
  },
  run({ registry, args }) {
    const committed = commitRun(registry, args.positionals["run_id"] ?? "", {
      key: args.options["key"],
      command: {
        type: "unbind",
        kind: args.positionals["kind"] as BindKind,
        nodeId: args.options["node-id"],
        message: textOption(args, "message"),
      },
    });
    const [event] = committed.events;
    return { json: { ok: true, event, refs: committed.state.refs }, text: () => `${event?.message ?? ""}\n` };
  },
};

/** Tells a run that something has happened that it may be waiting for. */
export const emit: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "emit",
    positionals: [{ name: "run_id" }, { name: "event" }],
    options: [{ name: "payload-json" }, { name: "by" }, KEY_OPTION],
  },
  run(context) {
    const { registry, args } = context;
    const name = textOption(args, "event", 200) ?? "";
    const committed = commitRun(registry, args.positionals["run_id"] ?? "", {
      key: args.options["key"],
      command: {
        type: "emit",
        name,
        payload: parseJsonArgument("--payload-json", args.options["payload-json"]),
        by: getActor(context),
      },
    });
    const ended = committed.events.flatMap(({ event, nodeId }) =>
      event === "node.completed" && nodeId !== undefined ? [nodeId] : [],
    );
    return {
      json: { ok: true, event: name, ended, runStatus: committed.state.state.status },
      text: () =>
        ended.length === 0
          ? `noted ${name}; nothing waits for it now\n`
          : `${name} ends the wait of ${ended.join(", ")}\n`,
    };
  },
};
