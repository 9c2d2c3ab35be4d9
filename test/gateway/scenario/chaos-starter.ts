import { askInBatches } from "../support/ask-in-batches.ts";
import { runAgent } from "../support/cli-run.ts";
import { addCronJob, type CronJobToAdd, type CronPayload, runCronJob } from "../support/cron-jobs.ts";
import { cancelHostTask, hostTasks, type HostTaskRow } from "../support/host-ledger.ts";
import { type Host, OWNER_ID } from "../support/openclaw-host.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import type { ChaosAgent } from "./chaos-agent.ts";
import { getKind, findName, type Piece, type Place } from "./chaos-pieces.ts";

/** From a person's words to a row of the host, with everything else that goes on at that time. */
const START_MS = 360_000;
/** Milliseconds between two looks at the host's ledger: each starts a program. */
const POLL_INTERVAL_MS = 300;

/** The piece that a row of the host belongs to: a run in a terminal is known by its session, also when it goes on. */
export function findPieceOfRow({ label, task, requesterSessionKey }: HostTaskRow): string | undefined {
  return findName(`${label ?? ""} ${task}`) ?? findName(requesterSessionKey);
}

/** Somebody says something in a place. */
export function sayInChat(stage: Stage, place: Place, text: string): void {
  if (place.channel === "telegram") {
    const { chatId, threadId } = place;
    stage.telegram.say({ chatId, threadId, from: OWNER_ID, text });
    return;
  }
  const { channelId, parentChannelId } = place;
  stage.discord.say({ channelId, text, ...(parentChannelId === undefined ? {} : { parentChannelId }) });
}

/** Sets pieces going, cancels those that are to be stopped, and resolves when the host has a row of each. */
export async function startPieces(stage: Stage, agent: ChaosAgent, pieces: readonly Piece[]): Promise<void> {
  const { host } = stage;
  for (const piece of pieces)
    if (getKind(piece).trigger === "cron") await startJob(host, piece, (name) => agent.getFile(name));
  for (const piece of pieces) if (getKind(piece).trigger === "terminal") startInTerminal(host, piece);
  await askInChats(stage, agent, pieces);
  await cancelSome(host, pieces);
  let missing: string[] = [];
  const allThere = async (): Promise<boolean> => {
    missing = findMissing(await hostTasks(host), pieces);
    return missing.length === 0;
  };
  await until(allThere, {
    what: `a row of the host for ${pieces.length} pieces`,
    deadlineMs: START_MS,
    everyMs: POLL_INTERVAL_MS,
    explain: () => missing.join(" "),
  });
}

async function askInChats(stage: Stage, agent: ChaosAgent, pieces: readonly Piece[]): Promise<void> {
  const inChats = pieces.filter((piece) => piece.above === undefined && getKind(piece).trigger === "chat");
  const places = new Map(inChats.map(({ name, place }) => [name, place]));
  await askInBatches([...places.keys()], {
    ask: (name) => {
      agent.forgetCall(name);
      sayInChat(stage, places.get(name) as Place, `do ${name}`);
    },
    receivedAt: (name) => agent.calledAt(name),
    hasStarted: (name) => agent.isAnswered(name),
    listStartedByHost: async () => new Set((await hostTasks(stage.host)).map((row) => findPieceOfRow(row) ?? "")),
    deadlineMs: START_MS,
  });
}

function findMissing(rows: readonly HostTaskRow[], pieces: readonly Piece[]): string[] {
  const known = new Set(rows.map(findPieceOfRow));
  // The host has no row of a child that it refused, and none of a job's own child before its parent got to it.
  return pieces.filter(({ kind, name }) => kind !== "sub-refused" && !known.has(name)).map(({ name }) => name);
}

/** A command that a restart cuts off fails: that is no failure of the test. */
function startInTerminal(host: Host, { name, kind }: Piece): void {
  const limit = kind === "cli-slow" ? { timeoutSeconds: 2 } : {};
  void runAgent(host, { message: `run ${name}`, session: name, ...limit }).catch(() => undefined);
}

async function startJob(host: Host, piece: Piece, getFile: (name: string) => string): Promise<void> {
  const { name, kind } = piece;
  const { ending, announcer } = getKind(piece);
  const once = kind.startsWith("once-");
  const job: CronJobToAdd = {
    name,
    payload: toPayload(piece, getFile),
    ...(ending === "slow" ? { timeoutSeconds: kind.startsWith("command-") ? 1 : 2 } : {}),
    ...(once ? { at: "1s" } : {}),
    ...(announcer === "host" ? { deliverTo: toTarget(piece.place) } : {}),
  };
  const { id } = await addCronJob(host, job);
  if (!once) await runCronJob(host, id);
}

function toPayload(piece: Piece, getFile: (name: string) => string): CronPayload {
  const { name, kind, isHeld } = piece;
  if (kind === "reminder-good") return { systemEvent: `remember ${name}` };
  if (!kind.startsWith("command-")) return { message: `run ${name}` };
  const { ending } = getKind(piece);
  if (ending === "slow" || ending === "stopped") return { command: `: ${name}; sleep 3600` };
  const wait = isHeld ? `until [ -e '${getFile(name)}' ]; do sleep 0.1; done; ` : "";
  return { command: `${wait}echo outcome of ${name}${ending === "bad" ? "; exit 3" : ""}` };
}

function toTarget(place: Place): NonNullable<CronJobToAdd["deliverTo"]> {
  if (place.channel === "discord") return { channel: "discord", to: `channel:${place.channelId}` };
  const { chatId, threadId } = place;
  return { channel: "telegram", to: chatId, ...(threadId === undefined ? {} : { threadId }) };
}

async function cancelSome(host: Host, pieces: readonly Piece[]): Promise<void> {
  const open = new Set(pieces.filter((piece) => getKind(piece).ending === "stopped").map(({ name }) => name));
  if (open.size === 0) return;
  const cancelRunning = async (): Promise<boolean> => {
    for (const row of await hostTasks(host)) {
      const name = findPieceOfRow(row);
      if (name === undefined || !open.has(name) || row.status !== "running") continue;
      const { cancelled } = await cancelHostTask(host, row.taskId);
      if (cancelled) open.delete(name);
    }
    return open.size === 0;
  };
  await until(cancelRunning, {
    what: "pieces to be cancelled",
    deadlineMs: START_MS,
    everyMs: POLL_INTERVAL_MS,
    explain: () => [...open].join(" "),
  });
}
