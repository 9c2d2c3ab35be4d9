import { basename, dirname, join, relative } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isTerminalTask } from "../../domain/task/evolve.ts";
import { isClawTaskError } from "../../model/errors.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import type { Registry } from "../../registry/registry.ts";
import type { RootSource } from "../../registry/resolve-root.ts";
import { canIndex, MIN_NODE_FOR_INDEX } from "../../views/index/index-database.ts";
import { listRuns, MAX_LIMIT } from "../../views/index/with-index.ts";
import { flowProblems, openFlowRecords, listFlowTasks } from "../../views/queries/flow-queries.ts";
import { listAttention } from "../../views/queries/list-attention.ts";
import { ledgerProblems } from "../../views/queries/task-queries.ts";
import { undeliveredResults } from "../../views/queries/undelivered-results.ts";
import type { IndexedContext, Outcome } from "../operation.ts";
import { checkDisk } from "./check-disk.ts";
import type { Check } from "./check.ts";
import { stagingLeftovers } from "./repair-run.ts";
import { stuckLocks } from "./stuck-locks.ts";
import { trashLeftovers } from "./trash.ts";
import { describeStrays } from "./verify.ts";

export interface DoctorInput {
  /** Why this root is the one in use, where it was looked for. */
  rootSource?: RootSource | undefined;
  /** The root that the gateway plugin has noted for this user (`readRegistryPointer`). */
  pluginRoot?: string | undefined;
}

export interface DoctorDocument {
  /** False when one check fails. */
  ok: boolean;
  checks: Check[];
}

/** Checks the health of a registry, as far as that needs no gateway. */
export function doctor(context: IndexedContext, input: DoctorInput): Outcome<DoctorDocument> {
  const { registry, self } = context;
  const checks = [
    checkRoot(registry, input),
    checkPluginRoot(registry, input),
    checkPluginAtWork(registry),
    ...checkDisk(registry),
    checkNode(),
    ...checkContents(context),
    checkLocks(registry),
    checkLeftovers(registry),
    checkTrash(registry, self),
  ];
  return { document: { ok: checks.every(({ ok }) => ok), checks } };
}

/** A directory that nobody named and that holds nothing of a registry is most likely the wrong one. */
function checkRoot({ fs, root }: Registry, { rootSource }: DoctorInput): Check {
  const found = rootSource === undefined ? root : `${root} (from ${rootSource})`;
  const check = "registry root";
  if (!fs.existsSync(root))
    return { check, ok: false, found: `${found} is not there`, fix: "check the name; the first scaffold makes it" };
  if (rootSource !== "current directory") return { check, ok: true, found };
  return { check, ok: false, found: `${found}, no registry yet`, fix: "name the folder: --registry-root <folder>" };
}

/** Agents, plugin and terminal are meant to look at one registry; choosing another by flag is no mistake. */
function checkPluginRoot({ root }: Registry, { rootSource, pluginRoot: noted }: DoctorInput): Check {
  const check = "registry of the gateway plugin";
  if (noted === undefined) return { check, ok: true, found: "none noted (it is not needed)" };
  if (noted === root) return { check, ok: true, found: "this one" };
  const fix = `use that one (--registry-root ${noted}), or set plugins.entries.clawtask.config.registryRoot`;
  return rootSource === "--registry-root" ? { check, ok: true, found: noted } : { check, ok: false, found: noted, fix };
}

/** Who drives a run has to know whether something wakes them and tells the person. */
function checkPluginAtWork(registry: Registry): Check {
  const note = readGatewayHeartbeat(registry);
  const found =
    note === undefined
      ? "none on this registry: give scaffold --source-session-key, and make a cron job that wakes you"
      : `at work (process ${note.pid}): session, reply route and waking come from it`;
  return { check: "gateway plugin", ok: true, found };
}

function checkNode(): Check {
  const found = canIndex()
    ? process.versions.node
    : `${process.versions.node}; "tasks" needs ${MIN_NODE_FOR_INDEX}, all else works`;
  return { check: "node", ok: true, found };
}

function checkContents({ registry, self, queryIndex }: IndexedContext): Check[] {
  if (!registry.fs.existsSync(registry.root) || !canIndex()) return [];
  try {
    return queryIndex((database) => {
      const strays = describeStrays(registry);
      const unreadable = listRuns(database, { status: "unreadable", limit: MAX_LIMIT });
      const damaged = ledgerProblems(database);
      const total = Number(database.prepare("SELECT count(*) AS n FROM runs").get()?.["n"] ?? 0);
      const tasks = Number(database.prepare("SELECT count(*) AS n FROM tasks").get()?.["n"] ?? 0);
      return [
        {
          check: "runs",
          ok: unreadable.length === 0,
          found:
            unreadable.length === 0
              ? [`${total}, all readable`, ...strays].join("; ")
              : unreadable.map((run) => `${run.runId}: ${run.problem ?? ""}`).join("; "),
          ...(unreadable[0] === undefined ? {} : { fix: `${self} repair ${unreadable[0].runId}` }),
        },
        {
          check: "ledger",
          ok: damaged.length === 0,
          found: damaged.length === 0 ? `${tasks} tasks` : `${damaged.length} damaged: ${damaged.join("; ")}`,
          ...(damaged.length === 0
            ? {}
            : { fix: `${self} tasks maintenance --apply (everything else counts meanwhile)` }),
        },
        checkFlows(database, self),
        ...checkResults(registry, database, self),
      ];
    });
  } catch (error) {
    if (!isClawTaskError(error)) throw error;
    return [
      {
        check: "index",
        ok: false,
        found: `${error.code}: ${error.message}`,
        ...(error.next === undefined ? {} : { fix: error.next }),
      },
    ];
  }
}

/** Whether flows can be read, and whether those that are to be cancelled come to their end. */
function checkFlows(database: DatabaseSync, self: string): Check {
  const check = "flows";
  const unreadable = flowProblems(database);
  if (unreadable[0] !== undefined) {
    const found = unreadable.map(({ flowId, problem }) => `${flowId}: ${problem}`).join("; ");
    return { check, ok: false, found, fix: `${self} repair ${unreadable[0].flowId}` };
  }
  const total = Number(database.prepare("SELECT count(*) AS n FROM flows WHERE stamp IS NOT NULL").get()?.["n"] ?? 0);
  const cancelling = openFlowRecords(database).filter(({ cancel }) => cancel !== null);
  const active = cancelling.filter((flow) => hasActiveTasks(database, flow));
  const ended = cancelling.filter((flow) => !active.includes(flow));
  const found = [
    `${total}, all readable`,
    ...active.map(({ flowId }) => `${flowId} is cancelled once its tasks have ended (${self} flows show ${flowId})`),
    ...ended.map(({ flowId }) => `${flowId} is to be cancelled and none of its tasks is active`),
  ].join("; ");
  // The gateway ends them within seconds; without one somebody has to.
  return ended.length === 0
    ? { check, ok: true, found }
    : { check, ok: false, found, fix: `${self} tasks maintenance --apply` };
}

function hasActiveTasks(database: DatabaseSync, flow: FlowRecord): boolean {
  return listFlowTasks(database, flow).some(
    ({ taskId, task }) => task !== null && !isTerminalTask(task) && flow.tasks.includes(taskId),
  );
}

/** Whether somebody waits for a result or an answer. */
function checkResults(registry: Registry, database: DatabaseSync, self: string): Check[] {
  const undelivered = undeliveredResults(database, {}).length;
  const items = listAttention(registry, database).length;
  return [
    {
      check: "undelivered results",
      ok: undelivered === 0,
      found: String(undelivered),
      ...(undelivered === 0 ? {} : { fix: `${self} attention` }),
    },
    { check: "needs somebody", ok: true, found: items === 0 ? "nothing" : `${items} (${self} attention)` },
  ];
}

/** A writer that died leaves its lock. The next one takes it over, if it can, after a wait. */
function checkLocks(registry: Registry): Check {
  const check = "locks";
  const stuck = stuckLocks(registry);
  if (stuck[0] === undefined) return { check, ok: true, found: "none is stuck" };
  const found = stuck.map(({ path, why }) => `${relative(registry.root, path)} ${why}`).join("; ");
  return { check, ok: false, found, fix: `repeat the change; if the lock is still there, rm -r ${stuck[0].path}` };
}

function checkLeftovers(registry: Registry): Check {
  const leftovers = stagingLeftovers(registry);
  const ok = leftovers.length === 0;
  const folders = [...new Set(leftovers.map((path) => dirname(join(registry.root, path))))];
  const fix = `rm -r ${folders.join(" ")} (while nobody scaffolds)`;
  return {
    check: "leftovers of killed scaffolds",
    ok,
    found: ok ? "none" : leftovers.map((path) => basename(path)).join(", "),
    ...(ok ? {} : { fix }),
  };
}

function checkTrash(registry: Registry, self: string): Check {
  const check = "leftovers of killed prunes";
  const leftovers = trashLeftovers(registry);
  if (leftovers.length === 0) return { check, ok: true, found: "none" };
  return { check, ok: false, found: leftovers.join(", "), fix: `${self} tasks maintenance --apply` };
}
