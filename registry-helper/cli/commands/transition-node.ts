import { TARGET_STATUSES, type TargetStatus } from "../../domain/run/state/node-transitions.ts";
import { countStatuses, type RunDocument } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { loadFileFacts } from "../../operations/runs/evidence.ts";
import { commitRun } from "../../registry/run-store.ts";
import { runPaths } from "../../storage/run-paths.ts";
import { MESSAGE_OPTIONS, textOption, payloadOption } from "../arguments/common-options.ts";
import type { Command } from "../command.ts";

export const transitionNode: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "transition-node",
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
    const committed = commitRun(registry, runId, {
      key: args.options["key"],
      command,
      idempotencyPayload: command,
      loadFacts: loadFileFacts(registry, runPaths(registry.root, runId).folder),
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
