import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { ParsedArguments, Command, CommandContext, CommandAnswer } from "../../registry-helper/cli/command.ts";
import {
  ClawTaskError,
  getErrorMessage,
  holdsRegistry,
  isClawTaskError,
  suggest,
  usageError,
} from "../../registry-helper/internal.ts";
import { getTokenPath, readToken } from "../control-plane/auth/token-file.ts";
import { readStaticFiles, type StaticFiles } from "../control-plane/http/static-files.ts";
import { formatLinkCommand, DEFAULT_PORT, type RunningServer, serve as startServer } from "../control-plane/serve.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** `clawtask serve`: API, live streams and dashboard of the registry, on this machine. */
export function serveCommand(packageRoot: string): Command {
  return {
    jsonWhenPiped: false,
    help: {
      summary: "Serve the registry on this machine: API, live streams and the dashboard",
      details:
        "It reads and tells: no work begins or ends with it, and what runs goes on without it. The link that it prints is\n" +
        "good once, for ten minutes; --link asks the server that runs for another. --port 0 lets the system choose (7433).\n" +
        "--host takes addresses of this machine only, unless --allow-host names what browsers will call it. --ui shows a\n" +
        "built page that sends no token, such as OpenTask's, at / (docs/operations.md says what that means).",
      examples: [
        "clawtask serve",
        "clawtask serve --port 0 --read-only --json",
        "clawtask serve --link",
        "clawtask serve --rotate-token",
        "clawtask serve --allow-host tasks.example.org",
        "clawtask serve --ui ~/OpenTask/web/dist",
      ],
    },
    spec: {
      command: "serve",
      positionals: [],
      options: [
        { name: "port" },
        { name: "host" },
        { name: "allow-host" },
        { name: "read-only", flag: true },
        { name: "rotate-token", flag: true },
        { name: "link", flag: true },
        { name: "ui" },
      ],
    },
    async run(context) {
      const { args, registry } = context;
      if (args.flags.has("link")) return askForLink(registry.root, `http://127.0.0.1:${parsePort(args)}/`);
      const server = await start(context, packageRoot);
      announce(context, server);
      await untilStopped();
      await server.stop();
      return { json: { ok: true }, text: () => "", silent: true };
    },
  };
}

async function start({ args, registry, cwd }: CommandContext, packageRoot: string): Promise<RunningServer> {
  const host = args.options["host"] ?? "127.0.0.1";
  const allowHosts = args.lists["allow-host"] ?? [];
  if (!LOOPBACK.includes(host) && allowHosts.length === 0)
    throw usageError(
      `--host ${host} is no address of this machine alone; say what browsers call it: --allow-host`,
      "serve",
    );
  const dist = join(packageRoot, "dist");
  const ui = args.options["ui"];
  const port = parsePort(args);
  try {
    const code = readFileSync(join(dist, "control-plane-worker.cjs"), "utf8");
    return await startServer({
      root: registry.root,
      port,
      host,
      allowHosts,
      isReadOnly: args.flags.has("read-only"),
      rotateToken: args.flags.has("rotate-token"),
      page: existsSync(join(dist, "dashboard")) ? await readStaticFiles(join(dist, "dashboard")) : undefined,
      customUi: ui === undefined ? undefined : await readPage(resolve(cwd, ui)),
      startWorker: (workerData) => new Worker(code, { eval: true, workerData }),
      problem: (message) => process.stderr.write(`clawtask serve: ${message}\n`),
    });
  } catch (error) {
    if (isClawTaskError(error)) throw error;
    const errno = error instanceof Error && "code" in error ? error.code : undefined;
    throw new ClawTaskError("serve_failed", {
      message: errno === "EADDRINUSE" ? `port ${port} is in use` : getErrorMessage(error),
      remedy: {
        commands:
          errno === "EADDRINUSE" ? [suggest("serve", "--port", "0"), suggest("serve", "--link")] : [suggest("doctor")],
      },
      cause: error,
    });
  }
}

async function readPage(folder: string): Promise<StaticFiles> {
  const page = existsSync(folder) ? await readStaticFiles(folder) : undefined;
  if (page?.has("/") === true) return page;
  throw usageError(`--ui: there is no index.html in ${folder}`, "serve");
}

function parsePort(args: ParsedArguments): number {
  const text = args.options["port"] ?? String(DEFAULT_PORT);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw usageError(`--port ${text} is no port`, "serve");
  return port;
}

function announce({ args, registry, out }: CommandContext, server: RunningServer): void {
  const { url, port, link, guestLink } = server;
  const isReadOnly = args.flags.has("read-only");
  const tokenFile = getTokenPath(registry.root);
  const isEmpty = !holdsRegistry(registry.fs, registry.root);
  if (args.flags.has("json")) {
    const ui = guestLink === undefined ? {} : { uiLink: guestLink };
    const about = { registryRoot: registry.root, tokenFile, readOnly: isReadOnly, isEmpty, pid: process.pid };
    return out(`${JSON.stringify({ ok: true, url, port, link, ...ui, ...about })}\n`);
  }
  const lines = [
    `ClawTask serves ${registry.root}${isReadOnly ? ", read only" : ""}`,
    ...(isEmpty
      ? ["There is no registry in this folder yet: nothing will show until something is recorded here."]
      : []),
    ...(guestLink === undefined ? [] : [`  your page   ${guestLink}`]),
    `  dashboard   ${link}`,
    `  API         ${url}api/   token: ${tokenFile}`,
    `A link opens once, within ten minutes; another one: ${formatLinkCommand(port)}`,
    "Ctrl-C ends the server; what runs goes on.",
  ];
  out(`${lines.join("\n")}\n`);
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** How long the server may take, in milliseconds. */
const WAIT_MS = 5_000;

/** Asks the server that runs for another link. */
export async function askForLink(root: string, url: string): Promise<CommandAnswer> {
  const token = await readToken(root);
  const links = token === undefined ? undefined : await linksFrom(url, token);
  if (links === undefined) {
    throw new ClawTaskError("serve_failed", {
      message: `no server of this registry answers at ${url}`,
      remedy: { hint: "name its port with --port, or start one", commands: [suggest("serve")] },
    });
  }
  const { link, guestLink } = links;
  const customUi = guestLink === undefined ? "" : `${guestLink}   (the page of --ui)\n`;
  const uiLink = guestLink === undefined ? {} : { uiLink: guestLink };
  return { json: { ok: true, link, ...uiLink }, text: () => `${link}\n${customUi}` };
}

async function linksFrom(url: string, token: string): Promise<{ link: string; guestLink?: string } | undefined> {
  try {
    const response = await fetch(`${url}api/session/link`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const { link, guestLink } = (await response.json()) as Record<string, unknown>;
    if (typeof link !== "string") return undefined;
    return typeof guestLink === "string" ? { link, guestLink } : { link };
  } catch {
    return undefined;
  }
}
