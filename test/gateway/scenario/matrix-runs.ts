import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  claimNodes,
  commitRun,
  type DeliveryRecord,
  loadRun,
  openRegistry,
  type Registry,
  type RunState,
  scaffoldRun,
} from "../../../registry-helper/internal.ts";
import { finishNode } from "../../../registry-helper/operations/runs/finish-node.ts";
import { registryRoot } from "../support/ledger-view.ts";
import type { Stage } from "../support/stage.ts";
import { type Cell, resultOf } from "./matrix-cells.ts";

/** A cell whose result is the end or the question of a workflow run, which ClawTask delivers itself. */
export const isRun = ({ work }: Cell): boolean => work === "run-end" || work === "question";

const registryOf = (stage: Stage): Registry => openRegistry({ root: registryRoot(stage.host) });

/** One step that is under way, and a question behind it where one is wanted. */
function workflow({ id, work }: Cell): string {
  const question = `
  - id: ok
    title: Publish
    kind: approval
    needs: [draft]
    approval: { question: "Publish ${resultOf(id)}?" }
    outputs: { mode: notify }`;
  return `---
workflowId: cell-${id}
title: Run ${id}
nodes:
  - { id: draft, title: Draft, kind: session_turn, prompt: Write., outputs: { mode: notify } }${work === "question" ? question : ""}
---
`;
}

/** Creates the run of a cell, with its first step claimed. */
export function startRun(stage: Stage, cell: Cell): void {
  const registry = registryOf(stage);
  const workflowPath = `workflows/cell-${cell.id}.task.md`;
  mkdirSync(join(registry.root, "workflows"), { recursive: true });
  writeFileSync(join(registry.root, workflowPath), workflow(cell));
  const { channel, to, session } = address(cell);
  const deliveryContext = { channel, to };
  scaffoldRun(registry, { workflowPath, runId: cell.id, sourceSessionKey: session, deliveryContext });
  claimNodes(registry, cell.id, { by: session });
}

/** Completes the step: the run ends, or its question is due. Its agent will say nothing about either. */
export function endRun(stage: Stage, cell: Cell): void {
  const registry = registryOf(stage);
  const { channel, to, session } = address(cell);
  finishNode(registry, cell.id, { nodeId: "draft", to: "completed", message: resultOf(cell.id) });
  if (cell.work === "question") claimNodes(registry, cell.id, { by: session });
  // Bound again, it is told at once, and not when its agent has had time to tell.
  commitRun(registry, cell.id, { command: { type: "bind", kind: "route", value: `${channel}:${to}`, payload: {} } });
}

/** The delivery that the cell is about; nothing as long as there is none. */
export function runDelivery(stage: Stage, cell: Cell): DeliveryRecord | undefined {
  const state = readState(stage, cell);
  if (cell.work === "run-end") return state?.delivery;
  return state?.nodes.find(({ id }) => id === "ok")?.asked;
}

export const isRunOnRecord = (stage: Stage, cell: Cell): boolean => readState(stage, cell) !== undefined;

function readState(stage: Stage, { id }: Cell): RunState | undefined {
  try {
    return loadRun(registryOf(stage), id).run.state;
  } catch {
    return undefined;
  }
}

function address({ where, place }: Cell): { channel: string; to: string; session: string } {
  if (where.channel === "discord")
    return {
      channel: "discord",
      to: `channel:${where.channelId}`,
      session: `agent:main:discord:channel:${where.channelId}`,
    };
  const { chatId } = where;
  const session = place === "direct" ? "agent:main:main" : `agent:main:telegram:group:${chatId}`;
  return { channel: "telegram", to: `telegram:${chatId}`, session };
}
