import type { TaskRow } from "../../../registry-helper/internal.ts";
import { type HostTaskRow, hasEnded } from "../support/host-ledger.ts";
import { isDeliveryResolved } from "../support/ledger-view.ts";
import { isInPlace, type SeenMessage } from "./chaos-messages.ts";
import { getKind, findName, type Piece } from "./chaos-pieces.ts";
import type { TroubledTime } from "./chaos-player.ts";
import { findPieceOfRow } from "./chaos-starter.ts";

/** One piece of work, as everybody tells of it. */
export interface Line {
  readonly piece: Piece;
  /** The host's rows, oldest first. */
  readonly rows: readonly HostTaskRow[];
  readonly tasks: readonly TaskRow[];
  readonly seenMessages: readonly SeenMessage[];
  /**
   * True when the host told it more than once, and nobody else did, and it was stopped or its channel lost an answer
   * between the end of the work and its last telling: it sends the same message again, or announces the same anew.
   */
  readonly isHostsOwnRepeat: boolean;
  /** True when its end was heard, and the host, which was stopped before it wrote it down, calls it cut off. */
  readonly isAheadOfHost: boolean;
  /** What is wrong; empty when all is well. */
  readonly wrong: readonly string[];
}

/** What was seen when everything had come to rest. */
export interface Observation {
  readonly pieces: readonly Piece[];
  readonly rows: readonly HostTaskRow[];
  readonly tasks: readonly TaskRow[];
  readonly seenMessages: (name: string) => readonly SeenMessage[];
  /** The host's words about failed children of direct chats, which name none. */
  readonly anonymous: readonly SeenMessage[];
  /** When the gateway was killed, in epoch milliseconds. */
  readonly kills: readonly number[];
  /** When it was stopped in any way, and when a channel lost its answers. */
  readonly upsets: readonly TroubledTime[];
}

/** The end of a kind of work that nothing got in the way of. */
const STATUS_OF = { good: "succeeded", bad: "failed", slow: "timed_out", stopped: "cancelled", refused: "failed" };

/** The piece that a task of ours is about. */
export function findPieceOfTask({ label, task, requesterSessionKey }: TaskRow): string | undefined {
  return findName(`${label ?? ""} ${task ?? ""}`) ?? findName(requesterSessionKey ?? "");
}

/** True once nothing more happens by itself, as far as both ledgers say. */
export function isAtRest({ pieces, rows, tasks }: Pick<Observation, "pieces" | "rows" | "tasks">): boolean {
  const named = rows.filter((row) => findPieceOfRow(row) !== undefined);
  return (
    pieces.every(({ name }) => tasks.some((task) => findPieceOfTask(task) === name)) &&
    named.every(hasEnded) &&
    tasks.every(isDeliveryResolved)
  );
}

/** Holds every piece against the host's ledger, ours, and what people read. */
export function evaluate(observation: Observation): Line[] {
  const anonymous = [...observation.anonymous];
  return observation.pieces.map((piece) => {
    const rows = observation.rows
      .filter((row) => findPieceOfRow(row) === piece.name)
      .sort((one, other) => one.createdAt - other.createdAt);
    const tasks = observation.tasks.filter((task) => findPieceOfTask(task) === piece.name);
    const named = observation.seenMessages(piece.name);
    const seenMessages = named.length === 0 ? takeAnonymous(piece, tasks, anonymous) : named;
    const [task] = tasks;
    const isHostsOwnRepeat = task !== undefined && isRepeatOfHost(task, seenMessages, observation.upsets);
    const killedAt = observation.kills.find((at) => rows.some((row) => isCutBy(row, at)));
    const isAheadOfHost = task !== undefined && isAhead(task, rows.at(-1), { killedAt, upsets: observation.upsets });
    const line = { piece, rows, tasks, seenMessages, isHostsOwnRepeat, isAheadOfHost };
    if (task === undefined || tasks.length > 1) return { ...line, wrong: [`${tasks.length} tasks`] };
    return { ...line, wrong: [...checkEnding(line, task, killedAt), ...checkMessages(piece, task, line)] };
  });
}

/** Takes the oldest nameless telling that can be about a piece. */
function takeAnonymous(piece: Piece, [task]: readonly TaskRow[], anonymous: SeenMessage[]): SeenMessage[] {
  if (!["subagent", "acp"].includes(getKind(piece).runtime) || task?.endedAt == null || task.status === "succeeded")
    return [];
  const endedAt = Date.parse(task.endedAt);
  const found = anonymous.findIndex((message) => isInPlace(message, piece) && message.at >= endedAt);
  return found < 0 ? [] : anonymous.splice(found, 1);
}

/** Tasks of ours that stand for no piece: an interactive turn, a heartbeat, the host's own jobs. */
export function strangers({ pieces, tasks }: Pick<Observation, "pieces" | "tasks">): TaskRow[] {
  const names = new Set(pieces.map(({ name }) => name));
  return tasks.filter((task) => !names.has(findPieceOfTask(task) ?? ""));
}

/** Whether the work of a row was under way when the gateway was killed. */
function isCutBy({ createdAt, endedAt }: HostTaskRow, killedAt: number): boolean {
  return createdAt <= killedAt && (endedAt ?? Infinity) >= killedAt;
}

/** The state of the task against the host's last row of it, and against what the work was to come to. */
function checkEnding(
  { piece, rows, isAheadOfHost }: Pick<Line, "piece" | "rows" | "isAheadOfHost">,
  task: TaskRow,
  killedAt: number | undefined,
): string[] {
  const wrong: string[] = [];
  const { ending, runtime } = getKind(piece);
  const last = rows.at(-1);
  if (task.runtime !== runtime) wrong.push(`runtime ${task.runtime}`);
  if (last === undefined && ending !== "refused") wrong.push("no row of the host");
  if (last !== undefined && !isAheadOfHost && !isSameEnd(task, last, killedAt))
    wrong.push(`the host says ${last.status}`);
  // The host says one or the other of a command, as its own timer or the end of the shell comes first.
  const isExpected = task.status === STATUS_OF[ending] || (piece.kind === "command-slow" && task.status === "failed");
  if (killedAt === undefined && !isExpected) wrong.push(`not ${STATUS_OF[ending]}`);
  if (task.attempts.length !== Math.max(1, rows.length)) wrong.push(`${task.attempts.length} attempts`);
  if (task.status === "succeeded" && hasOwnWords(piece) && task.result?.includes(piece.name) !== true)
    wrong.push("result missing");
  return wrong;
}

/**
 * The same word, but for these:
 * - a job whose run went well and whose delivery did not: the host calls its row failed, we call the run what it was
 *   and bring its result
 * - an ACP child that a kill cut off: the host announces its failure at once, and its row is `lost` after five minutes
 */
function isSameEnd(task: TaskRow, row: HostTaskRow, killedAt: number | undefined): boolean {
  if (task.status === row.status) return true;
  if (row.runtime === "cron" && row.detail?.["status"] === "ok") return task.status === "succeeded";
  if (killedAt === undefined || task.endedAt === null) return false;
  return row.runtime === "acp" && row.status === "lost" && task.status === "failed";
}

/**
 * What was observed is the truth, and the host had no time to write it down:
 * - the end of the work is on our disk from before a kill, and the host wrote its row after it
 * - the host handed a picture over after a stop, and forgot its row, which is `lost` five minutes later
 */
function isAhead(
  task: TaskRow,
  row: HostTaskRow | undefined,
  { killedAt, upsets }: { killedAt: number | undefined; upsets: readonly TroubledTime[] },
): boolean {
  if (row === undefined || task.endedAt === null || task.status !== "succeeded") return false;
  const [endedAt, writtenAt] = [Date.parse(task.endedAt), row.endedAt ?? 0];
  if (task.runtime === "media" && row.status === "lost")
    return task.delivery?.sender === "host" && upsets.some(({ from }) => from >= row.createdAt && from <= writtenAt);
  if (row.status !== "failed" && row.status !== "lost") return false;
  return killedAt !== undefined && endedAt <= killedAt && writtenAt >= killedAt;
}

/** Whether the result of a good end is made of words of the work itself. */
function hasOwnWords({ kind }: Piece): boolean {
  return !/^(exec|image|video|music|reminder)-/.test(kind);
}

function isRepeatOfHost(
  { endedAt }: TaskRow,
  seenMessages: readonly SeenMessage[],
  upsets: readonly TroubledTime[],
): boolean {
  if (seenMessages.length < 2 || endedAt === null || seenMessages.some(({ by }) => by === "clawtask")) return false;
  const times = seenMessages.map(({ at }) => at);
  // The end of a scheduled run comes only after its delivery.
  const first = Math.min(Date.parse(endedAt), ...times);
  return upsets.some(({ from, to }) => to >= first && from <= Math.max(...times));
}

/** Once, or not at all and on record as undelivered with a reason; nothing where nobody is to be told. */
function checkMessages(
  piece: Piece,
  { status, delivery }: TaskRow,
  { seenMessages, isHostsOwnRepeat }: Pick<Line, "seenMessages" | "isHostsOwnRepeat">,
): string[] {
  const wrong: string[] = [];
  const state = delivery?.state ?? "missing";
  const misplaced = seenMessages.filter((message) => !isInPlace(message, piece));
  if (misplaced.length > 0) wrong.push("told elsewhere");
  if (seenMessages.length > 1 && !isHostsOwnRepeat)
    wrong.push(`told ${seenMessages.length} times (${seenMessages.map(({ by }) => by).join(", ")})`);
  const isUndelivered = ["failed", "ambiguous", "session_queued"].includes(state) && (delivery?.reason ?? "") !== "";
  // Work that was cancelled, or that reports to other work, has nobody to tell; nor has what is silent by policy.
  const isWanted = getKind(piece).announcer !== "nobody" && status !== "cancelled";
  if (!isWanted) return seenMessages.some(({ by }) => by === "clawtask") ? [...wrong, "told unasked"] : wrong;
  if (seenMessages.length === 0 && !isUndelivered) wrong.push(`not told, and said to be ${state}`);
  if (seenMessages.length > 0 && (state === "failed" || state === "none")) wrong.push(`told, and said to be ${state}`);
  return wrong;
}
