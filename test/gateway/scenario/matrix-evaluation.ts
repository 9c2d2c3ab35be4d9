import type { DeliveryRecord } from "../../../registry-helper/internal.ts";
import { ledgerTasks } from "../support/ledger-view.ts";
import type { Stage } from "../support/stage.ts";
import { type Cell, findCell, resultOf } from "./matrix-cells.ts";
import { isRun, runDelivery } from "./matrix-runs.ts";

/** What became of one cell. */
export interface CellOutcome {
  readonly cell: Cell;
  /** Messages with its result in its own place. */
  readonly byHost: number;
  readonly byClawTask: number;
  /** The same in any other place. */
  readonly elsewhere: number;
  /** What the ledger says of its delivery. */
  readonly ledger: string;
  readonly reason: string;
  /** What must not be; empty when it is as promised. */
  readonly wrong: readonly string[];
}

type Told = Pick<DeliveryRecord, "state" | "reason" | "receipt" | "tries"> | null;

interface Message {
  readonly text: string;
  readonly place: string;
}

const OURS = /^(?:✅|⚠️|❌|⏱️|❓) /u;
/** States in which a result that did not arrive may stand: all of them are shown, or on purpose. */
const UNTOLD: ReadonlySet<string> = new Set(["failed", "ambiguous", "session_queued"]);

/** The messages that tell of a cell, in its own place. */
export function cellMessages(stage: Stage, cell: Cell): string[] {
  return tellings(stage, cell)
    .filter(({ place }) => place === placeOf(cell))
    .map(({ text }) => text);
}

/** Whether the person was told that the work goes on: the turn that began it is over, its message is out. */
export function isStartTold(stage: Stage, { id }: Cell): boolean {
  return allMessages(stage).some(({ text }) => text.includes(`started ${id}`));
}

function tellings(stage: Stage, cell: Cell): Message[] {
  const tells = (text: string): boolean =>
    text.includes(resultOf(cell.id)) || (OURS.test(text) && findCell(text) === cell.id);
  return allMessages(stage).filter(({ text }) => tells(text));
}

function allMessages(stage: Stage): Message[] {
  const inTelegram = stage.telegram.sent
    .filter(({ deleted }) => !deleted)
    .map(({ chatId, threadId, text }) => ({ text, place: `${chatId}:${threadId ?? ""}` }));
  const inDiscord = (stage.hasDiscord ? stage.discord.sent : [])
    .filter(({ deleted }) => !deleted)
    .map(({ channelId, text }) => ({ text, place: channelId }));
  return [...inTelegram, ...inDiscord];
}

function placeOf({ where }: Cell): string {
  return where.channel === "telegram" ? `${where.chatId}:${where.threadId ?? ""}` : where.channelId;
}

/** Compares what arrived with what the ledger says. */
export function evaluateCell(stage: Stage, cell: Cell): CellOutcome {
  const told = tellings(stage, cell);
  const here = told.filter(({ place }) => place === placeOf(cell));
  const byClawTask = here.filter(({ text }) => OURS.test(text)).length;
  const deliveries = listDeliveries(stage, cell);
  const counts = { byHost: here.length - byClawTask, byClawTask, elsewhere: told.length - here.length };
  const ledger = deliveries.map((delivery) => delivery?.state ?? "none").join(", ");
  const reason = deliveries.map((delivery) => delivery?.reason ?? delivery?.receipt ?? "").join(", ");
  return { cell, ...counts, ledger, reason, wrong: findFaults(cell, deliveries, counts) };
}

/** What the registry says of each record of a cell. */
function listDeliveries(stage: Stage, cell: Cell): Told[] {
  if (isRun(cell)) return [runDelivery(stage, cell) ?? null];
  const all = ledgerTasks(stage.host).filter(({ label, task }) => findCell(`${label} ${task}`) === cell.id);
  // A start that the host refused is a record of its own; the agent tries again.
  const tasks = all.length > 1 ? all.filter(({ names }) => !names.every((name) => name.startsWith("call:"))) : all;
  return tasks.map(({ delivery }) => delivery);
}

function findFaults(
  cell: Cell,
  deliveries: readonly Told[],
  { byHost, byClawTask, elsewhere }: { byHost: number; byClawTask: number; elsewhere: number },
): string[] {
  const { work, fault } = cell;
  const arrived = byHost + byClawTask;
  const state = deliveries[0]?.state ?? "none";
  const isPrivate = isForNobody(cell);
  const faults = [
    [deliveries.length !== 1, `${deliveries.length} records`],
    [elsewhere > 0, "told in another place"],
    // The host's own client repeats a message of ours whose answer was lost: that is one send.
    [byClawTask > 1 && (deliveries[0]?.tries ?? 0) > 1, `told ${byClawTask} times by ClawTask`],
    [isPrivate && arrived > 0, "shown to a channel"],
    [work === "cron-silent" && state !== "none", `${state}, and it had nothing to say`],
    [!isPrivate && state === "delivered" && arrived === 0, "says delivered, and nothing arrived"],
    [!isPrivate && state === "none" && arrived === 0, "nothing arrived, and nothing says so"],
    [!isPrivate && arrived === 0 && !UNTOLD.has(state), `nothing arrived, and it is ${state}`],
    [fault === "fine" && !isPrivate && arrived === 0, "nothing arrived, and nothing was in the way"],
  ] as const;
  return faults.filter(([is]) => is).map(([, what]) => what);
}

/** The matrix as a text, a line for each cell. */
export function matrixTable(outcomes: readonly CellOutcome[]): string {
  const line = ({ cell, byHost, byClawTask, ledger, wrong, reason }: CellOutcome): string =>
    [
      cell.fault.padEnd(12),
      cell.place.padEnd(8),
      cell.work.padEnd(12),
      cell.id,
      `host ${byHost}`,
      `clawtask ${byClawTask}`,
      ledger.padEnd(14),
      agrees({ cell, byHost, byClawTask, ledger }) ? "agrees " : "differs",
      wrong.length === 0 ? "ok" : `WRONG: ${wrong.join("; ")}`,
      reason.slice(0, 90),
    ].join("  ");
  return outcomes.map(line).join("\n");
}

/** Whether the ledger says delivered exactly when something arrived where it should. */
function agrees({ cell, byHost, byClawTask, ledger }: Omit<CellOutcome, "elsewhere" | "reason" | "wrong">): boolean {
  const arrived = byHost + byClawTask > 0;
  return isForNobody(cell) ? !arrived : arrived === (ledger === "delivered");
}

/** Whether no channel may see the result. */
const isForNobody = ({ work }: Cell): boolean => work === "private" || work === "cron-silent" || work === "cli";

/** Cells with more than one message, and how many of them are the host's. */
export function repeated(outcomes: readonly CellOutcome[]): string {
  return (
    outcomes
      .filter(({ byHost, byClawTask }) => byHost + byClawTask > 1)
      .map(
        ({ cell, byHost, byClawTask }) =>
          `${cell.fault} ${cell.place} ${cell.work}: ${byHost} of the host, ${byClawTask} of ClawTask`,
      )
      .join("\n") || "none"
  );
}
