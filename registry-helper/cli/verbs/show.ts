import type { RunNode, RunState } from "../../model/run-documents.ts";
import { loadRun } from "../../registry.ts";
import { ago, table } from "../render.ts";
import type { Verb } from "../verb.ts";

export const show: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "show", positionals: [{ name: "run_id" }], options: [] },
  run({ registry, args, self }) {
    const { run, journal } = loadRun(registry, args.positionals["run_id"] ?? "");
    const { state, refs } = run;
    return {
      json: { ok: true, runPath: journal.paths.folder, state, refs },
      text: () => {
        const now = registry.now();
        const rows = state.nodes.map((node) => [
          node.id,
          node.kind,
          statusOf(node),
          ago(node.completedAt ?? node.startedAt, now),
          detailOf(node),
        ]);
        return `${headerOf(state)}\n${table(["NODE", "KIND", "STATUS", "AGO", "DETAIL"], rows)}\n  ${self} next ${state.runId}\n`;
      },
    };
  },
};

function headerOf(state: RunState): string {
  const lines = [
    `${state.runId}  ${state.title}`,
    `status    ${state.status}${state.blockedBy ? `, blocked: ${state.blockedBy.join(", ")} failed` : ""}`,
  ];
  if (state.lastProgressMessage) lines.push(`progress  ${state.lastProgressMessage}`);
  lines.push(`asked by  ${state.sourceSessionKey ?? "-"}`, `told      ${deliveryOf(state)}`);
  return `${lines.join("\n")}\n`;
}

function deliveryOf(state: RunState): string {
  const { delivery } = state;
  if (delivery !== undefined) return `${delivery.state}${delivery.reason === null ? "" : ` (${delivery.reason})`}`;
  if (state.status === "completed" || state.status === "failed")
    return "no route was given, so nobody can be told by ClawTask";
  return "not yet";
}

function statusOf(node: RunNode): string {
  const attempt = node.attempts === undefined ? "" : ` #${node.attempts.length + 1}`;
  return `${node.blockedBy === undefined ? node.status : "blocked"}${attempt}`;
}

function detailOf(node: RunNode): string {
  if (node.blockedBy !== undefined) return `${node.blockedBy.join(", ")} failed`;
  return node.childSessionKey ?? node.sessionKey ?? (node.needs.length > 0 ? `needs ${node.needs.join(", ")}` : "");
}
