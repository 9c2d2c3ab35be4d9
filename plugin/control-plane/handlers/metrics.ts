import type { DatabaseSync } from "node:sqlite";
import {
  ATTENTION_KINDS,
  DELIVERY_STATES,
  FLOW_STATUSES,
  TASK_RUNTIMES,
  TASK_STATUSES,
} from "../../../registry-helper/internal.ts";
import { API_RUN_STATUSES } from "../contract/run-schemas.ts";
import type { ServerFacts } from "./context.ts";
import type { Handler } from "./handler.ts";
import { countDeliveries, computeOverview, type OverviewDocument, type Tally, countByName } from "./overview.ts";
import { type RecorderStatus, readRecorderStatus } from "./recorder-status.ts";

const MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Numbers for Prometheus. Labels are words of fixed lists: no ids, no titles, so their number never grows. */
export const getMetrics: Handler = ({ context, read }) => {
  const families = read.query((database) => {
    const overview = computeOverview(context, database);
    return [
      ...listServerMetrics(context.facts(), context.registry.now()),
      ...listRecorderMetrics(readRecorderStatus(context.registry), context.registry.now()),
      ...listRegistryMetrics(database, overview),
    ];
  });
  return { text: `${families.join("\n")}\n`, mediaType: MEDIA_TYPE };
};

function listServerMetrics(facts: ServerFacts, now: number): string[] {
  const { version, startedAt, streams, memoryBytes } = facts;
  const uptime = Math.max(0, now / 1e6 - Date.parse(startedAt) / 1000);
  const dropped = Object.entries(streams?.dropped ?? {}).map(([reason, n]): Sample => [{ reason }, n]);
  return [
    formatFamily("clawtask_info", "gauge", "Version of the server", [[{ version }, 1]]),
    formatFamily("clawtask_uptime_seconds", "gauge", "Since the server was started", [[{}, Math.round(uptime)]]),
    formatFamily("clawtask_stream_clients", "gauge", "Open streams", [[{}, streams?.clients ?? 0]]),
    ...(dropped.length === 0
      ? []
      : [formatFamily("clawtask_streams_dropped_total", "counter", "Streams that were ended, by reason", dropped)]),
    ...(memoryBytes === undefined
      ? []
      : [formatFamily("clawtask_memory_bytes", "gauge", "Memory of the server's process", [[{}, memoryBytes]])]),
  ];
}

function listRecorderMetrics(recorder: RecorderStatus | null, now: number): string[] {
  const isUp = recorder !== null && !recorder.stale;
  return [
    formatFamily("clawtask_recorder_up", "gauge", "Whether a gateway records into this registry", [[{}, isUp ? 1 : 0]]),
    formatFamily("clawtask_recorder_connected", "gauge", "Whether it hears the gateway's broadcasts", [
      [{}, isUp && recorder.connection.connected ? 1 : 0],
    ]),
    formatFamily("clawtask_recorder_backlog", "gauge", "Signals that are not on disk yet", [
      [{}, recorder?.backlog ?? 0],
    ]),
    formatFamily("clawtask_recorder_silent_seconds", "gauge", "For how long its thread has given no sign of life", [
      [{}, (recorder?.silentMs ?? 0) / 1000],
    ]),
    formatFamily("clawtask_recorder_ended_total", "counter", "How often its thread was ended for not answering", [
      [{}, recorder?.endedSilent ?? 0],
    ]),
    formatFamily("clawtask_recorder_oldest_signal_seconds", "gauge", "Age of the oldest signal that is not on disk", [
      [{}, ageInSeconds(recorder?.oldestSignalAt ?? null, now)],
    ]),
    formatFamily("clawtask_recorder_set_aside", "gauge", "Records and signals that it did not come back from", [
      [{}, recorder?.setAside ?? 0],
    ]),
  ];
}

function ageInSeconds(at: string | null, now: number): number {
  return at === null ? 0 : Math.max(0, Math.round(now / 1e6 - Date.parse(at) / 1000));
}

function listRegistryMetrics(database: DatabaseSync, overview: OverviewDocument): string[] {
  const { open, failed, ambiguous } = countDeliveries(database);
  return [
    formatFamily("clawtask_tasks", "gauge", "Tasks by runtime and status", countTasks(database)),
    formatFamily(
      "clawtask_runs",
      "gauge",
      "Runs outside the archive by status",
      toSamples("status", [...API_RUN_STATUSES, "unreadable"], overview.runs.byStatus),
    ),
    formatFamily(
      "clawtask_flows",
      "gauge",
      "Flows by status",
      toSamples("status", [...FLOW_STATUSES, "unreadable"], overview.flows.byStatus),
    ),
    formatFamily("clawtask_deliveries", "gauge", "Results that are not with their requester", [
      [{ state: "open" }, open],
      [{ state: "failed" }, failed],
      [{ state: "ambiguous" }, ambiguous],
    ]),
    formatFamily(
      "clawtask_task_deliveries",
      "gauge",
      "Results of tasks by the state of their delivery",
      toSamples(
        "state",
        DELIVERY_STATES,
        countByName(database, "SELECT delivery AS name, count(*) AS n FROM tasks GROUP BY 1"),
      ),
    ),
    formatFamily(
      "clawtask_attention",
      "gauge",
      "What needs somebody, by kind",
      toSamples("kind", ATTENTION_KINDS, overview.attention.byKind),
    ),
  ];
}

function countTasks(database: DatabaseSync): Sample[] {
  const rows = database.prepare("SELECT runtime, status, count(*) AS n FROM tasks GROUP BY runtime, status").all();
  const counts = new Map(rows.map(({ runtime, status, n }) => [`${String(runtime)} ${String(status)}`, Number(n)]));
  return TASK_RUNTIMES.flatMap((runtime) =>
    TASK_STATUSES.map((status): Sample => [{ runtime, status }, counts.get(`${runtime} ${status}`) ?? 0]),
  );
}

/** A sample for each word, also where there is none: a series that is not there cannot be told from one that broke. */
function toSamples(label: string, words: readonly string[], counts: Tally): Sample[] {
  return words.map((word) => [{ [label]: word }, counts[word] ?? 0]);
}

function formatFamily(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${formatLabels(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n");
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll(/["\\\n]/g, "_")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
