import { type RunNode, type RunState, TERMINAL_RUN_STATUSES } from "../../model/run-documents.ts";
import { routeOf } from "../../run/route.ts";
import { loadRun } from "../../registry.ts";
import { plainLine } from "../../model/plain-text.ts";
import { ago, COLUMNS, table } from "../render.ts";
import type { Verb } from "../verb.ts";

export const show: Verb = {
  jsonWhenPiped: false,
  spec: { verb: "show", positionals: [{ name: "run_id" }], options: [] },
  run({ registry, args, self }) {
    const { run, journal } = loadRun(registry, args.positionals["run_id"] ?? "");
    const { state, refs } = run;
    const { folder } = journal.paths;
    return {
      json: { ok: true, runPath: folder, state, refs },
      text: () => {
        const now = registry.now();
        const rows = state.nodes.map((node) => [
          node.id,
          node.kind,
          statusOf(node),
          ago(node.completedAt ?? node.startedAt, now),
          detailOf(node),
        ]);
        const nodes = table(["NODE", "KIND", "STATUS", "SINCE", "WHAT"], rows);
        const isOver = TERMINAL_RUN_STATUSES.includes(state.status);
        return `${headerOf(state, folder)}\n${nodes}${isOver ? "" : `\nwhat can be done now:\n  ${self} next ${state.runId}\n`}`;
      },
    };
  },
};

function headerOf(state: RunState, folder: string): string {
  const rows: [string, string | null][] = [
    ["status", `${state.status}${state.blockedBy ? `, blocked: ${state.blockedBy.join(", ")} failed` : ""}`],
    ["progress", state.lastProgressMessage],
    ["asked by", state.sourceSessionKey],
    ["told", toldOf(state)],
    ["folder", folder],
  ];
  const lines = rows.flatMap(([name, value]) => (value ? [`${name.padEnd(LABEL_WIDTH)}${fit(name, value)}`] : []));
  return `${plainLine(`${state.runId}  ${state.title}`, COLUMNS)}\n${lines.join("\n")}\n`;
}

const LABEL_WIDTH = 10;

/** A path is there to be copied, so it is never cut. */
function fit(name: string, value: string): string {
  return name === "folder" ? value : plainLine(value, COLUMNS - LABEL_WIDTH);
}

/** Who is told of the outcome, where, and whether they have been. */
function toldOf(state: RunState): string {
  const { delivery } = state;
  const route = delivery?.route ?? routeOf(state.deliveryContext, state.sourceSessionKey);
  const where = route === null ? "" : `${route.channel} ${route.to}`;
  if (delivery === undefined)
    return route === null ? "no route was given: only the agent can tell" : `at the end, ${where}`;
  const why =
    delivery.reason ?? delivery.receipt ?? (delivery.sender === "host" ? "the agent is to tell" : "ClawTask will tell");
  return `${delivery.state}: ${why} (${where})`;
}

function statusOf(node: RunNode): string {
  const attempt = node.attempts === undefined ? "" : `, try ${node.attempts.length + 1}`;
  return `${node.blockedBy === undefined ? node.status : "blocked"}${attempt}`;
}

function detailOf(node: RunNode): string {
  if (node.blockedBy !== undefined) return `${node.blockedBy.join(", ")} failed`;
  if (node.lastMessage !== undefined) return node.lastMessage;
  if (node.status === "running" && node.childSessionKey !== null) return node.childSessionKey;
  return node.needs.length > 0 ? `needs ${node.needs.join(", ")}` : "";
}
