import { countStatuses, type RunDocument } from "../model/run-documents.ts";
import type { RunEvent } from "../model/run-events.ts";
import { changeRun, gatherFiles } from "../registry/registry.ts";
import { runPaths } from "../storage/run-paths.ts";
import { BIND_KINDS, type BindKind } from "../domain/run/commands.ts";
import { TARGET_STATUSES, type TargetStatus } from "../domain/run/state/node-transitions.ts";
import { lookAgain } from "../domain/run/next/next-check.ts";
import { boundValue, KEY_OPTION, payloadOption, textOption, type Verb, type VerbContext } from "./command.ts";
import { wakeText } from "./output/next-check-text.ts";

/**
 * The verbs that an agent calls many times in a run. They load no YAML, no schema compiler and no server:
 * their cost is the start of Node and one commit (npm run bench).
 */
const MESSAGE_OPTIONS = [{ name: "message" }, { name: "payload-json" }, KEY_OPTION] as const;

const bind: Verb = {
  jsonWhenPiped: true,
  spec: {
    verb: "bind",
    positionals: [{ name: "run_id" }, { name: "kind", choices: BIND_KINDS }],
    options: [{ name: "node-id" }, { name: "value" }, ...MESSAGE_OPTIONS],
  },
  run(context) {
    const { registry, args } = context;
    const runId = args.positionals["run_id"] ?? "";
    const committed = changeRun(registry, runId, {
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
        `${event?.message ?? ""}\n${event?.event !== "node.child_session_bound" ? "" : lookAfterChild(context, committed.state)}`,
      notices: committed.notices,
    };
  },
};

/** What `next` said of the claim is over with the binding. The plugin watches children; its session key tells of it. */
function lookAfterChild({ registry, env }: VerbContext, { state }: RunDocument): string {
  const wake = env["CLAWTASK_SESSION_KEY"] ? undefined : lookAgain(state, registry.now());
  return wake === undefined ? "" : `${wakeText(wake)}\n`;
}

const transitionNode: Verb = {
  jsonWhenPiped: true,
  spec: {
    verb: "transition-node",
    positionals: [{ name: "run_id" }, { name: "node_id" }, { name: "status", choices: TARGET_STATUSES }],
    options: MESSAGE_OPTIONS,
  },
  run({ registry, args }) {
    const runId = args.positionals["run_id"] ?? "";
    const nodeId = args.positionals["node_id"] ?? "";
    const to = args.positionals["status"] as TargetStatus;
    const command = {
      type: "transition" as const,
      nodeId,
      to,
      message: textOption(args, "message"),
      payload: payloadOption(args),
    };
    const committed = changeRun(registry, runId, {
      key: args.options["key"],
      command,
      content: command,
      gather: gatherFiles(registry, runPaths(registry.root, runId).folder),
    });
    const { events, state, notices } = committed;
    if (events.length === 0) {
      return {
        json: { ok: true, noop: true, nodeId, status: to },
        text: () => `${nodeId} is ${to} already\n`,
        notices,
      };
    }
    const missing = events.flatMap((event) => event.missingArtifacts ?? []);
    return {
      json: {
        ok: true,
        events,
        statusCounts: countStatuses(state.state.nodes),
        runStatus: state.state.status,
        ...(missing.length > 0 ? { missingArtifacts: missing } : {}),
      },
      text: () => transitionText({ nodeId, to, events, run: state }),
      notices:
        missing.length > 0
          ? [...notices, `${nodeId} completed without ${missing.join(", ")}: recorded as unverified`]
          : notices,
    };
  },
};

/** One line: what it is now, what became ready by it, and how the run stands. */
function transitionText(change: { nodeId: string; to: TargetStatus; events: RunEvent[]; run: RunDocument }): string {
  const { nodeId, to, events, run } = change;
  const ready = events.flatMap((event) =>
    event.event === "node.ready" && event.implied !== true && event.nodeId !== nodeId && event.nodeId !== undefined
      ? [event.nodeId]
      : [],
  );
  const { status, blockedBy } = run.state;
  const stands = blockedBy === undefined ? status : `${status}, blocked by ${blockedBy.join(", ")}`;
  return `${nodeId} is ${to}${ready.length === 0 ? "" : `; ready: ${ready.join(", ")}`}; run ${run.state.runId} is ${stands}\n`;
}

const progress: Verb = {
  jsonWhenPiped: true,
  spec: {
    verb: "progress",
    positionals: [{ name: "run_id" }, { name: "message" }],
    options: [{ name: "payload-json" }, KEY_OPTION],
  },
  run({ registry, args }) {
    const message = textOption(args, "message") ?? "";
    const committed = changeRun(registry, args.positionals["run_id"] ?? "", {
      key: args.options["key"],
      command: { type: "progress", message, payload: payloadOption(args) },
    });
    const [event] = committed.events;
    return { json: { ok: true, event }, text: () => `noted: ${message}\n`, notices: committed.notices };
  },
};

export const hotVerbs: Readonly<Record<string, Verb>> = { bind, "transition-node": transitionNode, progress };
