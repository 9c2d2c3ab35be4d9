import type { Host } from "./openclaw-host.ts";

/** A run of `openclaw agent`. */
export interface AgentRunToStart {
  readonly message: string;
  /** Session to run in; each name is a session of its own. */
  readonly session: string;
  /** Seconds after which the host ends the run. */
  readonly timeoutSeconds?: number;
}

/** What the command said at its end. */
export interface AgentRun {
  readonly exitCode: number;
  readonly runId: string;
  /** `ok`, `timeout` (also when cancelled) or `error`. */
  readonly status: string;
  /** The agent's words, or those of the error. */
  readonly text: string;
}

interface Report {
  readonly runId?: string;
  readonly status?: string;
  readonly result?: { readonly payloads?: readonly { readonly text?: string }[] };
  readonly error?: { readonly message: string };
}

/** The key of the session that {@link runAgent} uses; it is the owner of the host's row. */
export const cliSessionKey = (session: string): string => `agent:main:${session}`;

/**
 * Runs an agent turn through the gateway, as a user does in a terminal. Resolves when the command ends; for a
 * look at the run while it goes on, wait for the host's row first and for this promise afterwards.
 */
export async function runAgent(host: Host, run: AgentRunToStart): Promise<AgentRun> {
  const limit = run.timeoutSeconds === undefined ? [] : ["--timeout", String(run.timeoutSeconds)];
  const where = ["--agent", "main", "--session-key", cliSessionKey(run.session)];
  const { code, stdout } = await host.cli(["agent", ...where, "--message", run.message, ...limit, "--json"]);
  const report = readReport(stdout);
  const words = report.result?.payloads?.map((one) => one.text ?? "").join("\n");
  return {
    exitCode: code,
    runId: report.runId ?? "",
    status: report.status ?? "error",
    text: words ?? report.error?.message ?? "",
  };
}

/** A run that is cut off by the end of the gateway leaves words besides the document. */
function readReport(stdout: string): Report {
  const start = stdout.indexOf("{");
  const end = stdout.lastIndexOf("}");
  return start < 0 ? {} : (JSON.parse(stdout.slice(start, end + 1)) as Report);
}
