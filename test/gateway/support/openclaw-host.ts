import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isolatedEnv, runCli, type CliResult } from "./cli.ts";
import { installDiscord } from "./discord-plugin.ts";
import { startGateway, type GatewayProcess } from "./gateway-process.ts";
import { hostConfig, merge, type JsonObject } from "./host-config.ts";
import { HostConnection } from "./host-connection.ts";
import { freePort } from "./loopback-server.ts";

export type { CliResult } from "./cli.ts";
export { OWNER_ID, type JsonObject } from "./host-config.ts";

/** A packed plugin that the host gets before its first start. */
export interface PluginToInstall {
  readonly id: string;
  /** Path of the tarball, as `packPlugin` returns it. */
  readonly tarball: string;
  /** Value of `plugins.entries.<id>.config`. */
  readonly config?: JsonObject;
}

/** Options of {@link startHost}. */
export interface HostOptions {
  readonly model: { readonly baseUrl: string };
  /** Without it the host has no Telegram. */
  readonly telegram?: { readonly apiRoot: string };
  /** Without it the host has no Discord. */
  readonly discord?: { readonly apiUrl: string };
  readonly plugin?: PluginToInstall;
  /** Folders of more plugins, loaded from where they lie. */
  readonly pluginDirs?: readonly string[];
  /** Laid over the generated `openclaw.json`. */
  readonly config?: JsonObject;
  /** More environment variables for the gateway and its CLI. */
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves the temporary folder in place for a look afterwards. */
  readonly keep?: boolean;
}

/** An OpenClaw installation of its own, with a gateway that runs or can be started again. */
export interface Host {
  readonly stateDir: string;
  readonly workspaceDir: string;
  readonly configPath: string;
  /** Base address of the gateway's HTTP server. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Process id of the gateway; an error when it does not run. */
  readonly pid: number;
  readonly env: NodeJS.ProcessEnv;
  /** Runs `openclaw <args>`. */
  cli(args: readonly string[]): Promise<CliResult>;
  /** Runs `openclaw <args>` and returns what it printed; a failed command is an error. */
  cliOrThrow(args: readonly string[]): Promise<string>;
  /** Runs `openclaw <args> --json` and returns the document; a failed command is an error. */
  cliJson(args: readonly string[]): Promise<unknown>;
  /** Asks the running gateway over its own protocol, which is cheaper than a command by seconds of a processor. */
  ask(method: string, params?: object): Promise<unknown>;
  /** Asks the gateway to end (it drains open work first); forced after the deadline, in milliseconds. */
  stop(options?: { deadlineMs?: number }): Promise<void>;
  /** Ends the gateway as a crash would. */
  kill9(): Promise<void>;
  /** Starts the gateway again with the same state and port, after a stop if it still runs. */
  restart(): Promise<void>;
  /** Everything the gateway has printed since the first start. */
  log(): Promise<string>;
  /** Stops the gateway and removes its folder. */
  dispose(): Promise<void>;
}

/** Milliseconds that the last stop may take: nothing of the installation is needed any more. */
const DISPOSE_DEADLINE_MS = 5_000;

/**
 * Makes an OpenClaw installation in a temporary folder, installs the plugin as a user would and
 * starts the gateway. The gateway ends with `dispose`, or with this process.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const home = await mkdtemp(join(tmpdir(), "clawtask-host-"));
  const stateDir = join(home, ".openclaw");
  const workspaceDir = join(home, "workspace");
  const configPath = join(stateDir, "openclaw.json");
  const outputFile = join(home, "gateway.out");
  const port = await freePort();
  const token = randomBytes(16).toString("hex");
  const env = {
    ...isolatedEnv({ home, stateDir, configPath, token }),
    ...(options.discord && { DISCORD_API_URL: options.discord.apiUrl }),
    ...options.env,
  };
  let gateway: GatewayProcess | undefined;
  const connection = new HostConnection({ port, token });

  const host: Host = {
    stateDir,
    workspaceDir,
    configPath,
    url: `http://127.0.0.1:${port}`,
    port,
    token,
    env,
    get pid() {
      if (!gateway) throw new Error("the gateway does not run");
      return gateway.pid;
    },
    cli: (args) => runCli(args, env),
    async cliOrThrow(args) {
      const result = await runCli(args, env);
      if (result.code !== 0) throw new Error(failed(args, result));
      return result.stdout;
    },
    cliJson: async (args) => JSON.parse(await host.cliOrThrow([...args, "--json"])) as unknown,
    ask: (method, params) => connection.ask(method, params),
    async stop(stopOptions) {
      await gateway?.stop(stopOptions);
      gateway = undefined;
    },
    async kill9() {
      await gateway?.kill9();
      gateway = undefined;
    },
    async restart() {
      await host.stop();
      gateway = await startGateway({ env, port, outputFile });
    },
    log: () => readFile(outputFile, "utf8"),
    async dispose() {
      await connection.close();
      await host.stop({ deadlineMs: DISPOSE_DEADLINE_MS });
      if (!options.keep) await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };

  try {
    await mkdir(stateDir, { mode: 0o700 });
    await mkdir(workspaceDir);
    const config = hostConfig({
      stateDir,
      workspaceDir,
      logFile: join(stateDir, "gateway.jsonl"),
      port,
      token,
      modelBaseUrl: options.model.baseUrl,
      telegramApiRoot: options.telegram?.apiRoot,
      pluginDirs: options.pluginDirs ?? [],
    });
    await writeConfig(configPath, merge(config, options.config ?? {}));
    if (options.discord) await installDiscord(host);
    if (options.plugin) await installPlugin(host, options.plugin);
    await host.restart();
    return host;
  } catch (error) {
    await host.dispose();
    throw error;
  }
}

/** Installs a packed plugin with the command that a user types, then adds its configuration. */
export async function installPlugin(host: Host, plugin: PluginToInstall): Promise<void> {
  await host.cliOrThrow(["plugins", "install", `npm-pack:${plugin.tarball}`, "--force", "--accept-capabilities"]);
  if (plugin.config) await changeConfig(host, { plugins: { entries: { [plugin.id]: { config: plugin.config } } } });
}

/** Lays a change over `openclaw.json`; a running gateway notices it by itself. */
export async function changeConfig(host: Host, change: JsonObject): Promise<void> {
  const config = JSON.parse(await readFile(host.configPath, "utf8")) as JsonObject;
  await writeConfig(host.configPath, merge(config, change));
}

async function writeConfig(path: string, config: JsonObject): Promise<void> {
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

function failed(args: readonly string[], { code, stdout, stderr }: CliResult): string {
  return `openclaw ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`;
}
