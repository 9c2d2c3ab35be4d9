import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { TESTED_HOSTS } from "../../../plugin/cli/doctor/host-checks.ts";
import { parseConfig } from "../../../plugin/cli/doctor/openclaw-paths.ts";
import { isOlder } from "../../../plugin/cli/doctor/skill-checks.ts";
import { version } from "../../../registry-helper/internal.ts";
import { useTempFolder } from "../support/temp-folder.ts";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
/** As `npm run build` makes it. */
const CLAWTASK = join(PACKAGE, "dist", "clawtask.cjs");

interface Check {
  check: string;
  ok: boolean;
  found: string;
  fix?: string;
}

/** A user's home in which everything is well; each test breaks one thing. */
class Home {
  readonly folder = useTempFolder();
  readonly state = join(this.folder, ".openclaw");
  readonly registry = join(this.folder, "registry");
  port = 1;
  env: Record<string, string> = {};

  constructor() {
    this.installHost(TESTED_HOSTS[0] ?? "");
    mkdirSync(join(this.registry, "ledger"), { recursive: true });
    this.write(".config/clawtask/registry-root", this.registry);
    this.write(".openclaw/npm/projects/clawtask/node_modules/clawtask/package.json", { name: "clawtask", version });
    cpSync(join(PACKAGE, "skills", "clawtask"), join(this.state, "plugin-skills", "clawtask"), { recursive: true });
    this.note({});
  }

  write(path: string, content: unknown): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }

  installHost(hostVersion: string): void {
    this.write("lib/node_modules/openclaw/package.json", { name: "openclaw", version: hostVersion });
    this.write("lib/node_modules/openclaw/openclaw.mjs", "");
    chmodSync(join(this.folder, "lib/node_modules/openclaw/openclaw.mjs"), 0o755);
    mkdirSync(join(this.folder, "bin"), { recursive: true });
    try {
      symlinkSync("../lib/node_modules/openclaw/openclaw.mjs", join(this.folder, "bin", "openclaw"));
    } catch {
      // It is there from before.
    }
  }

  config(more: object = {}): void {
    const plugins = { entries: { clawtask: { enabled: true } } };
    this.write(".openclaw/openclaw.json", { gateway: { mode: "local", port: this.port }, plugins, ...more });
  }

  note(more: object): void {
    const now = new Date().toISOString();
    this.write("registry/.gateway.json", {
      pid: 1,
      startedAt: now,
      writtenAt: now,
      version,
      hostVersion: TESTED_HOSTS[0],
      connection: { connected: true },
      sends: true,
      backlog: 0,
      openDeliveries: 0,
      ...more,
    });
  }

  /** Runs beside this process, which plays the gateway. */
  async packageDoctor(): Promise<{ code: number | null; bad: Record<string, Check>; checks: Check[] }> {
    const env = { HOME: this.folder, PATH: join(this.folder, "bin"), ...this.env };
    const child = spawn(process.execPath, [CLAWTASK, "doctor", "--json"], { cwd: this.folder, env });
    let out = "";
    child.stdout.on("data", (text) => (out += String(text)));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const { checks } = JSON.parse(out) as { checks: Check[] };
    return { code, checks, bad: Object.fromEntries(checks.filter(({ ok }) => !ok).map((one) => [one.check, one])) };
  }
}

async function serve(status: number): Promise<number> {
  const server: Server = createServer((_request, response) => response.writeHead(status).end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

let home: Home;
beforeEach(async () => {
  home = new Home();
  home.port = await serve(200);
  home.config();
});

describe("clawtask doctor", () => {
  it("passes every check in a healthy setup", async () => {
    const { code, bad, checks } = await home.packageDoctor();
    expect(bad).toEqual({});
    expect(code).toBe(0);
    expect(checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["registry root", "openclaw", "permissions", "backlog", "skill", "packaged helper"]),
    );
  });

  it("says that a gateway is starting, which has not taken over the claim of the one before it", async () => {
    home.note({ sends: false });
    const { bad, checks } = await home.packageDoctor();
    expect(bad).toEqual({});
    expect(checks.find(({ check }) => check === "sends results")?.found).toMatch(/^starting/);
  });

  it.each<[string, (home: Home) => unknown, string, RegExp, RegExp]>([
    ["no openclaw", (it) => (it.env = { PATH: "/nowhere" }), "", /^$/, /^$/],
    [
      "no gateway and no openclaw",
      (it) => [(it.env = { PATH: "/nowhere" }), it.note({ writtenAt: "2020-01-01T00:00:00Z" })],
      "openclaw",
      /no openclaw command/,
      /npm install -g openclaw@/,
    ],
    [
      "an untested openclaw version",
      (it) => it.note({ hostVersion: "2031.1.1" }),
      "tested with this openclaw",
      /2031\.1\.1; tested are 2026/,
      /npm install/,
    ],
    [
      "no configuration",
      (it) => (it.env = { OPENCLAW_CONFIG_PATH: join(it.folder, "none.json") }),
      "openclaw configuration",
      /no .*none\.json/,
      /openclaw onboard/,
    ],
    [
      "a broken configuration",
      (it) => it.write(".openclaw/openclaw.json", "{ gateway: [ }"),
      "openclaw configuration",
      /openclaw\.json: /,
      /openclaw config validate/,
    ],
    [
      "a disabled plugin",
      (it) => it.config({ plugins: { entries: { clawtask: { enabled: false } } } }),
      "plugin enabled",
      /switched off/,
      /openclaw plugins enable clawtask/,
    ],
    [
      "all plugins disabled",
      (it) => it.config({ plugins: { enabled: false } }),
      "plugin enabled",
      /are off/,
      /config set/,
    ],
    [
      "a plugin on the deny list",
      (it) => it.config({ plugins: { entries: { clawtask: { enabled: true } }, deny: ["clawtask"] } }),
      "permissions",
      /plugins\.deny/,
      /plugins\.deny/,
    ],
    [
      "a plugin missing from the allow list",
      (it) => it.config({ plugins: { entries: { clawtask: { enabled: true } }, allow: ["telegram"] } }),
      "permissions",
      /plugins\.allow/,
      /add clawtask/,
    ],
    [
      "a gateway that is not running",
      (it) => [(it.port = 1), it.config()],
      "gateway reachable",
      /127\.0\.0\.1:1\/healthz/,
      /openclaw gateway/,
    ],
    [
      "a remote gateway",
      (it) => it.config({ gateway: { mode: "remote" } }),
      "gateway reachable",
      /remote/,
      /where the gateway runs/,
    ],
    [
      "a stale heartbeat of a stopped gateway",
      (it) => it.note({ writtenAt: "2020-01-01T00:00:00Z" }),
      "plugin loaded by a running gateway",
      /no gateway works/,
      /plugins inspect clawtask/,
    ],
    [
      "a plugin that is not connected to its gateway",
      (it) => it.note({ connection: { connected: false, why: "there is no token" } }),
      "sees everything",
      /seen late or never: there is no token/,
      /config set/,
    ],
    [
      "two gateways on one registry",
      (it) => it.note({ sends: false, startedAt: "2026-01-01T00:00:00Z" }),
      "sends results",
      /another gateway/,
      /registryRoot/,
    ],
    ["a large backlog", (it) => it.note({ backlog: 5_000 }), "backlog", /5000 signals/, /log/],
    [
      "a gateway with another version of the plugin",
      (it) => it.note({ version: "0.0.1" }),
      "same version everywhere",
      /runs 0\.0\.1/,
      /plugins update/,
    ],
    [
      "an old shared skill that overrides the plugin's",
      (it) => it.write(".openclaw/skills/clawtask/scripts/clawtask.cjs", "console.log('0.0.1')"),
      "skill",
      /older than this/,
      /install-skill --dir .*\.openclaw\/skills/,
    ],
    [
      "a shared skill that does not start",
      (it) => it.write(".agents/skills/clawtask/scripts/clawtask.cjs", "nonsense("),
      "skill",
      /does not start/,
      /install-skill --dir .*\.agents\/skills/,
    ],
    [
      "no skill and no plugin",
      (it) => [(it.env = { OPENCLAW_STATE_DIR: join(it.folder, "other") }), it.note({ writtenAt: "x" })],
      "skill",
      /not installed/,
      /install-skill/,
    ],
  ])("diagnoses a setup with %s", async (_what, spoil, check, found, fix) => {
    spoil(home);
    const { code, bad } = await home.packageDoctor();
    if (check === "") return expect({ code, bad }).toEqual({ code: 0, bad: {} });
    expect(code).toBe(1);
    expect(bad[check]?.found).toMatch(found);
    expect(bad[check]?.fix).toMatch(fix);
    for (const one of Object.values(bad)) expect(one.fix, one.check).toBeTruthy();
  });

  it("reads the configuration from the same place as this user's openclaw", async () => {
    home.env = { OPENCLAW_HOME: join(home.folder, "elsewhere"), OPENCLAW_GATEWAY_PORT: String(home.port) };
    home.write("elsewhere/.openclaw/openclaw.json", readFileSync(join(home.state, "openclaw.json"), "utf8"));
    const { checks } = await home.packageDoctor();
    const configuration = checks.find(({ check }) => check === "openclaw configuration");
    expect(configuration?.found).toBe(join(home.folder, "elsewhere", ".openclaw", "openclaw.json"));
  });

  it("fails a gateway that answers with an error", async () => {
    home.port = await serve(503);
    home.config();
    expect((await home.packageDoctor()).bad["gateway reachable"]?.found).toContain("it answered 503");
  });
});

describe("parseConfig", () => {
  it("accepts comments, trailing commas, bare keys and single quotes", () => {
    const text = `// mine
    {
\t  gateway: { port: 19000, /* local */ },
      'plugins': { "allow": ["a//b", 'it', "https://x/*y*/"], },
    }`;
    expect(parseConfig(text)).toEqual({
      gateway: { port: 19000 },
      plugins: { allow: ["a//b", "it", "https://x/*y*/"] },
    });
  });
});

describe("isOlder", () => {
  it.each([
    ["0.1.0", "0.2.0", true],
    ["0.9.0", "0.10.0", true],
    ["1.0.0", "0.9.9", false],
    ["0.1.0", "0.1.0", false],
    ["0.1.0-rc.1", "0.1.0", false],
  ])("compares %s with %s: %s", (one, other, older) => {
    expect(isOlder(one, other)).toBe(older);
  });
});
