import { BIND_KINDS } from "../../domain/run/commands.ts";
import { nextCheck } from "../../domain/run/next/next-check.ts";
import { TARGET_STATUSES } from "../../domain/run/state/node-transitions.ts";
import { usageError } from "../../model/errors.ts";
import { bind, unbind, emit, progress, transitionNode } from "../../operations/runs/reports-to-run.ts";
import { spawned } from "../../operations/runs/spawned.ts";
import { KEY_OPTION, MESSAGE_OPTIONS, PAYLOAD_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { stepsText, wakeText } from "../output/next-steps-text.ts";
import { changedNodeText } from "../output/node-end-text.ts";

const RUN = { name: "run_id" } as const;
const BINDING = [RUN, { name: "kind", choices: BIND_KINDS }] as const;

export const bindCommand = defineCommand({
  command: "bind",
  jsonWhenPiped: true,
  positionals: BINDING,
  options: [{ name: "node-id" }, { name: "value" }, ...MESSAGE_OPTIONS],
  run(context, input) {
    const { document, notices, run } = bind(context, input);
    const { event } = document;
    return {
      json: document,
      text: () => {
        // What `next` said of the claim is over with the binding. The plugin watches the children of its sessions.
        const isUnwatched = event?.event === "node.child_session_bound" && !context.actor;
        const wake = isUnwatched ? nextCheck(run.state, context.registry.now()) : undefined;
        return `${event?.message ?? ""}\n${wake === undefined ? "" : `${wakeText(wake, context.columns)}\n`}`;
      },
      notices,
    };
  },
});

export const spawnedCommand = defineCommand({
  command: "spawned",
  positionals: [RUN, { name: "child", as: "words", many: true }],
  options: [{ name: "next", as: "claimNext", flag: true }, { name: "by" }, KEY_OPTION],
  run(context, { words, ...input }) {
    const { document, notices, steps } = spawned(context, { ...input, children: words.map(parseChild) });
    const line =
      document.bound.length === 0 ? "recorded already" : `recorded the child of ${document.bound.join(", ")}`;
    return {
      json: document,
      text: () => `${line}\n${steps === undefined ? "" : `\n${stepsText(steps, context.columns)}`}`,
      notices,
    };
  },
});

/** `node=key`: a session key may contain `=`, the name of a node does not. */
function parseChild(word: string): { nodeId: string; childSessionKey: string } {
  const at = word.indexOf("=");
  if (at < 1 || at === word.length - 1)
    throw usageError(`argument child: node=childSessionKey, not ${word}`, "spawned");
  return { nodeId: word.slice(0, at), childSessionKey: word.slice(at + 1) };
}

export const unbindCommand = defineCommand({
  command: "unbind",
  jsonWhenPiped: true,
  positionals: BINDING,
  options: [{ name: "node-id" }, { name: "message" }, KEY_OPTION],
  run(context, input) {
    const { document } = unbind(context, input);
    return { json: document, text: () => `${document.event?.message ?? ""}\n` };
  },
});

export const transitionNodeCommand = defineCommand({
  command: "transition-node",
  jsonWhenPiped: true,
  positionals: [RUN, { name: "node_id" }, { name: "status", choices: TARGET_STATUSES }],
  options: MESSAGE_OPTIONS,
  run(context, input) {
    const { nodeId, status } = input;
    const { document, notices, run } = transitionNode(context, input);
    return {
      json: document,
      text: () =>
        document.noop === true
          ? `${nodeId} is ${status} already\n`
          : `${changedNodeText(run, { nodeId, is: status, events: document.events })}\n`,
      notices,
    };
  },
});

export const progressCommand = defineCommand({
  command: "progress",
  jsonWhenPiped: true,
  positionals: [RUN, { name: "message" }],
  options: [PAYLOAD_OPTION, KEY_OPTION],
  run(context, input) {
    const { document, notices } = progress(context, input);
    return { json: document, text: () => `noted: ${input.message}\n`, notices };
  },
});

export const emitCommand = defineCommand({
  command: "emit",
  positionals: [RUN, { name: "event" }],
  options: [PAYLOAD_OPTION, { name: "by" }, KEY_OPTION],
  run(context, input) {
    const { document } = emit(context, input);
    const { event, ended } = document;
    return {
      json: document,
      text: () =>
        ended.length === 0
          ? `noted ${event}; nothing waits for it now\n`
          : `${event} ends the wait of ${ended.join(", ")}\n`,
    };
  },
});
