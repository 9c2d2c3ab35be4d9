import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { type Check, type HeartbeatContent, version } from "../../../registry-helper/internal.ts";
import { type HostRecord, recordIn } from "../../host/untyped-fields.ts";
import { gatewayPort } from "./openclaw-paths.ts";

const HEALTH_TIMEOUT_MS = 2_000;
/** A backlog of more signals than this means that they are not written as fast as they come. */
const LONG_BACKLOG = 1_000;
/** A gateway that started less than this ago may not have its claim yet, in milliseconds. */
const STARTING_MS = 30_000;
const STARTING = "starting; ask again in half a minute";
const START = "openclaw gateway start (or, in a terminal: openclaw gateway run)";

/** Whether a gateway is there, and what the plugin in it says of itself. */
export async function gatewayChecks(
  config: HostRecord,
  env: NodeJS.ProcessEnv,
  note: HeartbeatContent | undefined,
): Promise<Check[]> {
  const reachable = await checkReachable(config, env);
  return [reachable, checkLoaded(note, reachable.ok), ...(note === undefined ? [] : heartbeatChecks(note))];
}

async function checkReachable(config: HostRecord, env: NodeJS.ProcessEnv): Promise<Check> {
  const check = "gateway reachable";
  const gateway = recordIn(config["gateway"]);
  if (gateway["mode"] === "remote")
    return { check, ok: false, found: "gateway.mode is remote", fix: "run clawtask doctor where the gateway runs" };
  const scheme = recordIn(gateway["tls"])["enabled"] === true ? "https" : "http";
  const address = `${scheme}://127.0.0.1:${gatewayPort(config, env)}/healthz`;
  const problem = await healthProblem(address);
  return problem === undefined
    ? { check, ok: true, found: address }
    : { check, ok: false, found: `${address}: ${problem}`, fix: START };
}

/** Undefined when it is well. */
function healthProblem(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const answered = (response: { statusCode?: number | undefined; resume: () => void }): void => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `it answered ${response.statusCode ?? "nothing"}`);
    };
    // A gateway signs its own certificate, and nothing is told to it here.
    const asked = address.startsWith("https")
      ? getSecure(address, { timeout: HEALTH_TIMEOUT_MS, rejectUnauthorized: false }, answered)
      : getPlain(address, { timeout: HEALTH_TIMEOUT_MS }, answered);
    asked.once("timeout", () => asked.destroy(new Error(`no answer within ${HEALTH_TIMEOUT_MS} ms`)));
    asked.once("error", (error) => resolve(error.message || String(error)));
  });
}

function checkLoaded(note: HeartbeatContent | undefined, isRunning: boolean): Check {
  const check = "plugin loaded by a running gateway";
  if (note !== undefined)
    return { check, ok: true, found: `process ${note.pid} since ${note.startedAt}, ClawTask ${note.version}` };
  const found = "no gateway works on this registry";
  return { check, ok: false, found, fix: isRunning ? "openclaw plugins inspect clawtask --runtime" : START };
}

/** A gateway of an older version says nothing of its threads. */
function threadChecks({ threads, setAside = [], oldestSignalAt }: HeartbeatContent): Check[] {
  if (threads === undefined) return [];
  const check = "threads answer";
  const fix = "openclaw gateway restart; if it comes again, look for clawtask in openclaw logs";
  const silent = Object.entries(threads).filter(([, { silentSince }]) => silentSince !== null);
  const ended = Object.values(threads).reduce((sum, one) => sum + one.ended, 0);
  const found = [
    ...silent.map(([name, { silentMs }]) => `${name}: no answer for ${Math.round(silentMs / 1000)} s`),
    ...(silent.length > 0 && oldestSignalAt ? [`the oldest signal waits since ${oldestSignalAt}`] : []),
    ...(ended === 0 ? [] : [`ended and started again ${ended} times for not answering`]),
    ...setAside.map(({ kind, id, why }) => `${kind} ${id} is left out: ${why}`),
  ];
  const isWell = silent.length === 0 && setAside.length === 0;
  return [{ check, ok: isWell, found: found.length === 0 ? "yes" : found.join("; "), ...(isWell ? {} : { fix }) }];
}

function heartbeatChecks(note: HeartbeatContent): Check[] {
  const { connection, sends, backlog } = note;
  // The claim of a gateway that was killed goes stale by itself.
  const isStarting = Date.now() - Date.parse(note.startedAt) < STARTING_MS;
  return [
    connection.connected
      ? { check: "sees everything", ok: true, found: "connected to the gateway's own broadcasts" }
      : {
          check: "sees everything",
          ok: false,
          found: `automations, command-line runs and processes are seen late or never: ${connection.why}`,
          fix: "set what it names with openclaw config set, then openclaw gateway restart",
        },
    sends || isStarting
      ? { check: "sends results", ok: true, found: sends ? `yes; ${note.openDeliveries} on their way` : STARTING }
      : {
          check: "sends results",
          ok: false,
          found: "another gateway sends for this registry",
          fix: "stop that gateway, or give each a registry: openclaw config set plugins.entries.clawtask.config.registryRoot <folder>",
        },
    backlog <= LONG_BACKLOG
      ? { check: "backlog", ok: true, found: `${backlog} signals` }
      : {
          check: "backlog",
          ok: false,
          found: `${backlog} signals are not on disk`,
          fix: "look for clawtask in the gateway's log (openclaw logs); is the disk full or slow?",
        },
    ...threadChecks(note),
    note.version === version
      ? { check: "same version everywhere", ok: true, found: version }
      : {
          check: "same version everywhere",
          ok: false,
          found: `the gateway runs ${note.version}, this command is ${version}`,
          fix: "openclaw plugins update clawtask && openclaw gateway restart (and npm install -g clawtask)",
        },
  ];
}
