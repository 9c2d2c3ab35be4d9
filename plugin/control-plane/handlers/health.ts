import type { DatabaseSync } from "node:sqlite";
import { CAPABILITIES, ledgerProblems } from "../../../registry-helper/internal.ts";
import { SILENCE_LIMIT_MS } from "../../worker/silence.ts";
import type { ServerFacts } from "./context.ts";
import type { Handler } from "./handler.ts";
import { type Deliveries, countDeliveries } from "./overview.ts";
import { type RecorderStatus, readRecorderStatus } from "./recorder-status.ts";

interface Check {
  name: string;
  ok: boolean;
  level: "ok" | "warn" | "error";
  message: string;
  next?: string;
}

interface IndexCounts {
  runs: number;
  flows: number;
  tasks: number;
  unreadableRuns: number;
  unreadableFlows: number;
}

/** Signals that wait for the disk; more are a sign that the recorder does not keep up. */
const HIGH_BACKLOG = 1_000;

/** Whether all is well. Observes only. */
export const getHealth: Handler = ({ context, read }) => {
  const recorder = readRecorderStatus(context.registry);
  const { index, outbox, damaged } = read.query((database) => ({
    index: countIndexed(database),
    outbox: countDeliveries(database),
    damaged: ledgerProblems(database),
  }));
  const facts = context.facts();
  const checks = [
    registryCheck(context.registry.fs.existsSync(context.registry.root), context.registry.root),
    runsCheck(index),
    ledgerCheck(damaged, index),
    recorderCheck(recorder),
    outboxCheck(outbox, recorder),
    ...hostCheck(facts, recorder),
  ];
  return {
    document: {
      ok: checks.every(({ ok }) => ok),
      checks,
      recorder,
      index,
      outbox,
      ...(facts.host === undefined ? {} : { host: facts.host }),
      capabilities: CAPABILITIES,
    },
  };
};

export function countIndexed(database: DatabaseSync): IndexCounts {
  const row = database
    .prepare(
      `SELECT (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM flows) AS flows, (SELECT count(*) FROM tasks) AS tasks,
         (SELECT count(*) FROM runs WHERE status = 'unreadable') AS unreadableRuns,
         (SELECT count(*) FROM flows WHERE problem IS NOT NULL) AS unreadableFlows`,
    )
    .get();
  return { ...(row as unknown as IndexCounts) };
}

function passed(name: string, message: string): Check {
  return { name, ok: true, level: "ok", message };
}

function warning(name: string, message: string, next: string): Check {
  return { name, ok: true, level: "warn", message, next };
}

function failure(name: string, message: string, next: string): Check {
  return { name, ok: false, level: "error", message, next };
}

function registryCheck(exists: boolean, root: string): Check {
  return exists
    ? passed("registry", root)
    : warning("registry", `${root} is not there yet`, "it is made by the first run or task");
}

function runsCheck({ runs, unreadableRuns }: IndexCounts): Check {
  if (unreadableRuns === 0) return passed("runs", `${runs}, all readable`);
  return failure("runs", `${unreadableRuns} of ${runs} cannot be read`, "clawtask verify");
}

function ledgerCheck(damaged: readonly string[], { tasks, unreadableFlows }: IndexCounts): Check {
  if (damaged.length > 0)
    return failure("ledger", `damaged: ${damaged.join("; ")}`, "clawtask tasks maintenance --apply");
  if (unreadableFlows > 0) return failure("ledger", `${unreadableFlows} flows cannot be read`, "clawtask tasks audit");
  return passed("ledger", `${tasks} tasks`);
}

function recorderCheck(recorder: RecorderStatus | null): Check {
  const name = "recorder";
  if (recorder === null)
    return warning(name, "no gateway works on this registry", "clawtask doctor, when there should be one");
  if (recorder.stale) return failure(name, `not heard of since ${recorder.updatedAt}`, "openclaw gateway start");
  if (!recorder.connection.connected)
    return failure(name, `it does not hear the gateway's broadcasts: ${recorder.connection.why}`, "clawtask doctor");
  if (recorder.silentMs >= SILENCE_LIMIT_MS)
    return failure(
      name,
      `its thread has not answered for ${Math.round(recorder.silentMs / 1000)} s`,
      "clawtask doctor",
    );
  if (recorder.setAside > 0)
    return warning(
      name,
      `${recorder.setAside} records or signals that it did not come back from`,
      "clawtask attention",
    );
  if (recorder.backlog > HIGH_BACKLOG)
    return warning(name, `${recorder.backlog} signals wait for the disk`, "look at the disk of the registry");
  return passed(name, `records; ${recorder.backlog} signals wait for the disk`);
}

function outboxCheck({ open, failed, ambiguous }: Deliveries, recorder: RecorderStatus | null): Check {
  const name = "outbox";
  if (failed > 0) return failure(name, `${formatResultCount(failed)} not with the requester`, "clawtask attention");
  if (ambiguous > 0)
    return warning(
      name,
      `nobody knows of ${ambiguous === 1 ? "one result whether it" : `${ambiguous} results whether they`} arrived`,
      "clawtask attention",
    );
  if (open > 0 && recorder?.stale !== false)
    return warning(name, `${formatResultCount(open)} on the way, and no gateway sends`, "openclaw gateway start");
  if (recorder?.sends === false) return warning(name, "another gateway sends for this registry", "clawtask doctor");
  return passed(name, open === 0 ? "nothing is on its way" : `${formatResultCount(open)} on the way`);
}

function formatResultCount(count: number): string {
  return count === 1 ? "1 result is" : `${count} results are`;
}

function hostCheck({ host }: ServerFacts, recorder: RecorderStatus | null): Check[] {
  const version = host?.version ?? recorder?.hostVersion ?? null;
  if (host === undefined && version === null) return [];
  if (host?.connected === false) return [failure("host", "the gateway is not connected", "openclaw gateway start")];
  return [passed("host", `OpenClaw ${version ?? "of an unknown version"}`)];
}
