import type { TaskRow } from "../../../registry-helper/index.ts";
import { type HostTaskRow, isOver } from "../support/host-ledger.ts";
import { isDeliverySettled } from "../support/ledger-view.ts";
import { kindOf, nameIn, type Piece } from "./chaos-pieces.ts";
import { pieceOfRow } from "./chaos-starter.ts";
import type { TroubledTime } from "./chaos-player.ts";
import { isInPlace, type Telling } from "./chaos-tellings.ts";

/** One piece of work, as everybody tells of it. */
export interface Line {
  readonly piece: Piece;
  /** The host's rows, oldest first. */
  readonly rows: readonly HostTaskRow[];
  readonly tasks: readonly TaskRow[];
  readonly tellings: readonly Telling[];
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
export interface Seen {
  readonly pieces: readonly Piece[];
  readonly rows: readonly HostTaskRow[];
  readonly tasks: readonly TaskRow[];
  readonly tellings: (name: string) => readonly Telling[];
  /** The host's words about failed children of direct chats, which name none. */
  readonly nameless: readonly Telling[];
  /** When the gateway was killed, in epoch milliseconds. */
  readonly kills: readonly number[];
  /** When it was stopped in any way, and when a channel lost its answers. */
  readonly upsets: readonly TroubledTime[];
}

/** The end of a kind of work that nothing got in the way of. */
const STATUS_OF = { good: "succeeded", bad: "failed", slow: "timed_out", stopped: "cancelled", refused: "failed" };

/** The piece that a task of ours is about. */
export function pieceOfTask({ label, task, requesterSessionKey }: TaskRow): string | undefined {
  return nameIn(`${label ?? ""} ${task ?? ""}`) ?? nameIn(requesterSessionKey ?? "");
}

/** True once nothing more happens by itself, as far as both ledgers say. */
export function isAtRest({ pieces, rows, tasks }: Pick<Seen, "pieces" | "rows" | "tasks">): boolean {
  const named = rows.filter((row) => pieceOfRow(row) !== undefined);
  return (
    pieces.every(({ name }) => tasks.some((task) => pieceOfTask(task) === name)) &&
    named.every(isOver) &&
    tasks.every(isDeliverySettled)
  );
}

/** Holds every piece against the host's ledger, ours, and what people read. */
export function reckon(seen: Seen): Line[] {
  const nameless = [...seen.nameless];
  return seen.pieces.map((piece) => {
    const rows = seen.rows
      .filter((row) => pieceOfRow(row) === piece.name)
      .sort((one, other) => one.createdAt - other.createdAt);
    const tasks = seen.tasks.filter((task) => pieceOfTask(task) === piece.name);
    const named = seen.tellings(piece.name);
    const tellings = named.length === 0 ? takeNameless(piece, tasks, nameless) : named;
    const [task] = tasks;
    const isHostsOwnRepeat = task !== undefined && isRepeatOfHost(task, tellings, seen.upsets);
    const killedAt = seen.kills.find((at) => rows.some((row) => isCutBy(row, at)));
    const isAheadOfHost = task !== undefined && isAhead(task, rows.at(-1), { killedAt, upsets: seen.upsets });
    const line = { piece, rows, tasks, tellings, isHostsOwnRepeat, isAheadOfHost };
    if (task === undefined || tasks.length > 1) return { ...line, wrong: [`${tasks.length} tasks`] };
    return { ...line, wrong: [...endWrong(line, task, killedAt), ...tellingWrong(piece, task, line)] };
  });
}

/** Takes the oldest nameless telling that can be about a piece. */
function takeNameless(piece: Piece, [task]: readonly TaskRow[], nameless: Telling[]): Telling[] {
  if (!["subagent", "acp"].includes(kindOf(piece).runtime) || task?.endedAt == null || task.status === "succeeded")
    return [];
  const endedAt = Date.parse(task.endedAt);
  const found = nameless.findIndex((telling) => isInPlace(telling, piece) && telling.at >= endedAt);
  return found < 0 ? [] : nameless.splice(found, 1);
}

/** Tasks of ours that stand for no piece: an interactive turn, a heartbeat, the host's own jobs. */
export function strangers({ pieces, tasks }: Pick<Seen, "pieces" | "tasks">): TaskRow[] {
  const names = new Set(pieces.map(({ name }) => name));
  return tasks.filter((task) => !names.has(pieceOfTask(task) ?? ""));
}

/** Whether the work of a row was under way when the gateway was killed. */
function isCutBy({ createdAt, endedAt }: HostTaskRow, killedAt: number): boolean {
  return createdAt <= killedAt && (endedAt ?? Infinity) >= killedAt;
}

/** The state of the task against the host's last row of it, and against what the work was to come to. */
function endWrong(
  { piece, rows, isAheadOfHost }: Pick<Line, "piece" | "rows" | "isAheadOfHost">,
  task: TaskRow,
  killedAt: number | undefined,
): string[] {
  const wrong: string[] = [];
  const { ending, runtime } = kindOf(piece);
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

function isRepeatOfHost({ endedAt }: TaskRow, tellings: readonly Telling[], upsets: readonly TroubledTime[]): boolean {
  if (tellings.length < 2 || endedAt === null || tellings.some(({ by }) => by === "clawtask")) return false;
  const times = tellings.map(({ at }) => at);
  // The end of a scheduled run comes only after its delivery.
  const first = Math.min(Date.parse(endedAt), ...times);
  return upsets.some(({ from, to }) => to >= first && from <= Math.max(...times));
}

/** Once, or not at all and on record as undelivered with a reason; nothing where nobody is to be told. */
function tellingWrong(
  piece: Piece,
  { status, delivery }: TaskRow,
  { tellings, isHostsOwnRepeat }: Pick<Line, "tellings" | "isHostsOwnRepeat">,
): string[] {
  const wrong: string[] = [];
  const state = delivery?.state ?? "missing";
  const misplaced = tellings.filter((telling) => !isInPlace(telling, piece));
  if (misplaced.length > 0) wrong.push("told elsewhere");
  if (tellings.length > 1 && !isHostsOwnRepeat)
    wrong.push(`told ${tellings.length} times (${tellings.map(({ by }) => by).join(", ")})`);
  const isUndelivered = ["failed", "ambiguous", "session_queued"].includes(state) && (delivery?.reason ?? "") !== "";
  // Work that was cancelled, or that reports to other work, has nobody to tell; nor has what is silent by policy.
  const isWanted = kindOf(piece).teller !== "nobody" && status !== "cancelled";
  if (!isWanted) return tellings.some(({ by }) => by === "clawtask") ? [...wrong, "told unasked"] : wrong;
  if (tellings.length === 0 && !isUndelivered) wrong.push(`not told, and said to be ${state}`);
  if (tellings.length > 0 && (state === "failed" || state === "none")) wrong.push(`told, and said to be ${state}`);
  return wrong;
}
