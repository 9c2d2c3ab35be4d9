import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a command of the host ended. */
export interface CliResult {
  /** Exit code; `-1` when a signal or the deadline ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds after which a command is ended. */
const CLI_DEADLINE_MS = 180_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What the host says when no connection came about in time. */
const NOT_RECEIVED = /Gateway not reachable at \S+ \(ETIMEDOUT\)/;
const MAX_AGAIN = 3;

/** The folder with the `openclaw` command and the Node that it needs. */
export const BIN_DIR = binDir();

/**
 * Runs `openclaw <args>` in the given environment and never throws for a failed command. A gateway with its hands full
 * lets the connection time out; nothing was asked then, and a person types the command again.
 */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  const run = (): Promise<CliResult> => runCommand(join(BIN_DIR, "openclaw"), args, env);
  let result = await run();
  for (let again = 0; again < MAX_AGAIN && NOT_RECEIVED.test(`${result.stdout}${result.stderr}`); again += 1)
    result = await run();
  return result;
}

/** Runs any command in the given environment and never throws for a failed one. */
export function runCommand(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  const options = { env, timeout: CLI_DEADLINE_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/**
 * The environment of an OpenClaw that shares nothing with the one of the person who runs the tests.
 * Nothing is inherited but what programs need to start, and how npm reaches its registry; its download
 * cache is shared, as it only saves time.
 */
export function isolatedEnv(paths: {
  home: string;
  stateDir: string;
  configPath: string;
  token: string;
}): NodeJS.ProcessEnv {
  const { HOME, PATH, LANG, TMPDIR, NODE_EXTRA_CA_CERTS } = process.env;
  const inherited = Object.entries({ LANG, TMPDIR, NODE_EXTRA_CA_CERTS }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(inherited),
    PATH: [BIN_DIR, PATH].join(delimiter),
    HOME: paths.home,
    OPENCLAW_HOME: paths.home,
    OPENCLAW_STATE_DIR: paths.stateDir,
    OPENCLAW_CONFIG_PATH: paths.configPath,
    OPENCLAW_GATEWAY_TOKEN: paths.token,
    OPENCLAW_NO_UPDATE_CHECK: "1",
    OPENCLAW_OFFLINE: "1",
    OPENCLAW_DISABLE_BONJOUR: "1",
    NO_COLOR: "1",
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(HOME ?? paths.home, ".npmrc"),
    npm_config_prefer_offline: "true",
    npm_config_cache: process.env.npm_config_cache ?? join(HOME ?? paths.home, ".npm"),
  };
}

/** Looks for `node_modules/.bin/openclaw` from this file upwards. */
function binDir(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const candidate = join(dir, "node_modules", ".bin");
    if (existsSync(join(candidate, "openclaw"))) return candidate;
    if (dirname(dir) === dir) throw new Error("openclaw is not installed: run npm install");
  }
}
