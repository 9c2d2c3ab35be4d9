import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timeOrderedId } from "../../registry-helper/model/ids.ts";
import { toJsonLine } from "../../registry-helper/model/json.ts";
import type { TaskEvent, TaskEventDraft } from "../../registry-helper/model/task-events.ts";
import { TASK_RUNTIMES, type TerminalTaskStatus } from "../../registry-helper/model/task-record.ts";
import { formatMicros } from "../../registry-helper/model/time.ts";
import { pick, seededRandom } from "./seeded-random.ts";

const DAY_MS = 86_400_000;
const WORDS =
  "report index deploy review metrics invoice backup search mail calendar draft release audit translate crawl summary".split(
    " ",
  );
/** Work that goes on: a gateway has tens of such, however long its ledger is. Half of it is new. */
const OPEN_TASKS = 60;

function isOpen(n: number, count: number): boolean {
  return n >= count - OPEN_TASKS / 2 || n % Math.ceil(count / (OPEN_TASKS / 2)) === 0;
}

type Draft = Omit<TaskEventDraft, "event"> & { event: TaskEvent["event"] };

/**
 * Writes a ledger as a busy gateway leaves it, newest tasks last, spread evenly over so many days until now.
 *
 * @returns how many lines it has
 */
export function writeSyntheticLedger(options: { root: string; count: number; days: number; nowMs: number }): number {
  const { root, count, days, nowMs } = options;
  const folder = join(root, "ledger");
  mkdirSync(folder, { recursive: true });
  const random = seededRandom(7);
  const step = (days * DAY_MS) / count;
  const seqs = new Map<string, number>();
  let lines = 0;
  let pending: string[] = [];
  let pendingDay = "";
  const flush = (): void => {
    if (pending.length > 0)
      writeFileSync(join(folder, `${pendingDay}.jsonl`), pending.join(""), { flag: "a", mode: 0o600 });
    pending = [];
  };
  for (let n = 0; n < count; n += 1) {
    const atMs = Math.floor(nowMs - (count - n) * step);
    const taskId = timeOrderedId("t", atMs, n / count);
    const day = new Date(atMs).toISOString().slice(0, 10);
    if (day !== pendingDay || pending.length > 20_000) flush();
    pendingDay = day;
    for (const [index, draft] of createDrafts(n, count, random).entries()) {
      const seq = (seqs.get(day) ?? 0) + 1;
      seqs.set(day, seq);
      const { event, ...rest } = draft;
      const line = { event, timestamp: formatMicros(atMs * 1000 + index), taskId, seq, source: "synthetic", ...rest };
      pending.push(`${toJsonLine(line)}\n`);
      lines += 1;
    }
  }
  flush();
  return lines;
}

function createDrafts(n: number, count: number, random: () => number): Draft[] {
  const runtime = pick(random, TASK_RUNTIMES);
  const words = Array.from({ length: 30 }, () => pick(random, WORDS));
  const owner = `agent:main:telegram:direct:${n % 200}`;
  const facts = {
    runtime,
    label: words.slice(0, 3).join(" "),
    task: `Number ${n}: ${words.join(" ")}`,
    requesterSessionKey: owner,
    childSessionKey: `agent:main:${runtime}:${n}`,
    runId: `run-${n}`,
    ...(runtime === "cron" ? { sourceId: `cron:job-${n % 50}` } : {}),
    route: { channel: "telegram", to: `telegram:${n % 200}`, sessionKey: owner },
  };
  const names = [`run:run-${n}`, `session:agent:main:${runtime}:${n}`];
  const startEvents: Draft[] = [{ event: "task.created", names, facts, schema: 1 }, { event: "task.started" }];
  if (isOpen(n, count))
    return [...startEvents, { event: "task.progressed", step: { phase: "editing", update: words[0] ?? "" } }];
  const status = getStatus(random());
  const text = words.slice(5).join(" ");
  const ending = { status, ...(status === "succeeded" ? { result: text.repeat(2) } : { error: text }) };
  return [...startEvents, { event: "task.ended", ending }, ...delivered(facts.route, random())];
}

function delivered(route: { channel: string; to: string }, chance: number): Draft[] {
  const planned: Draft = { event: "delivery.planned", delivery: { sender: "host", route, generation: 1, dueAt: null } };
  if (chance < 0.0002) return [planned, { event: "delivery.failed", delivery: { reason: "chat not found" } }];
  return [planned, { event: "delivery.delivered", delivery: { receipt: "message 1" } }];
}

function getStatus(chance: number): TerminalTaskStatus {
  if (chance < 0.9) return "succeeded";
  if (chance < 0.96) return "failed";
  if (chance < 0.98) return "timed_out";
  return chance < 0.995 ? "cancelled" : "lost";
}
