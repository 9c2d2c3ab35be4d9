import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const config = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as { forbidden: IForbiddenRuleType[] };

/** One forbidden import for each rule: the file that has it, and what it imports. */
const PLANTED: Readonly<Record<string, readonly [from: string, to: string]>> = {
  "no-circular": ["registry-helper/model/circle-a.ts", "registry-helper/model/circle-b.ts"],
  "helper-layers-model": ["registry-helper/model/planted.ts", "registry-helper/domain/target.ts"],
  "helper-layers-domain": ["registry-helper/domain/planted.ts", "registry-helper/storage/target.ts"],
  "helper-layers-storage": ["registry-helper/storage/planted.ts", "registry-helper/registry/target.ts"],
  "helper-layers-registry": ["registry-helper/registry/planted.ts", "registry-helper/views/target.ts"],
  "helper-layers-views": ["registry-helper/views/planted.ts", "registry-helper/operations/target.ts"],
  "helper-layers-operations": ["registry-helper/operations/planted.ts", "registry-helper/cli/target.ts"],
  "helper-layers-api": ["registry-helper/api/planted.ts", "registry-helper/cli/target.ts"],
  "control-plane-layers-contract": [
    "plugin/control-plane/contract/planted.ts",
    "plugin/control-plane/handlers/target.ts",
  ],
  "control-plane-layers-handlers": ["plugin/control-plane/handlers/planted.ts", "plugin/control-plane/api/target.ts"],
  "server-layers-http": ["plugin/control-plane/http/planted.ts", "plugin/control-plane/auth/target.ts"],
  "server-layers-auth": ["plugin/control-plane/auth/planted.ts", "plugin/control-plane/worker/target.ts"],
  "server-layers-worker": ["plugin/control-plane/worker/planted.ts", "plugin/control-plane/stream/target.ts"],
  "server-layers-stream": ["plugin/control-plane/stream/planted.ts", "plugin/control-plane/request-handler.ts"],
  "helper-knows-no-plugin": ["registry-helper/registry/to-plugin.ts", "plugin/recorder/target.ts"],
  "helper-knows-no-openclaw": ["registry-helper/registry/to-host.ts", "openclaw/plugin-sdk"],
  "pure-below-storage": ["registry-helper/domain/with-io.ts", "node:fs"],
  "cli-without-api": ["registry-helper/cli/to-api.ts", "registry-helper/api/target.ts"],
  "helper-by-its-entries": ["plugin/recorder/deep.ts", "registry-helper/storage/target.ts"],
  "operations-between-programs": ["plugin/recorder/to-cli.ts", "registry-helper/cli/main.ts"],
  "openclaw-only-in-host": ["plugin/recorder/to-host.ts", "openclaw/plugin-sdk"],
  "only-index-wires-host": ["plugin/recorder/to-index.ts", "plugin/index.ts"],
  "dashboard-stands-alone": ["plugin/dashboard/runs/planted.ts", "plugin/control-plane/contract/target.ts"],
  "dashboard-is-a-leaf": ["plugin/control-plane/http/to-page.ts", "plugin/dashboard/runs/target.ts"],
  "views-below-app": ["plugin/dashboard/runs/to-app.ts", "plugin/dashboard/app/target.ts"],
  "production-knows-no-tests": ["plugin/recorder/to-test.ts", "test/support/target.ts"],
};
/** Imports that the same rules must let through. */
const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ["registry-helper/cli/down.ts", "registry-helper/operations/target.ts"],
  ["registry-helper/api/down.ts", "registry-helper/operations/target.ts"],
  ["registry-helper/storage/with-io.ts", "node:fs"],
  ["plugin/recorder/by-entry.ts", "registry-helper/internal.ts"],
  ["plugin/host/to-host.ts", "openclaw/plugin-sdk"],
  ["plugin/control-plane/api/down.ts", "plugin/control-plane/contract/target.ts"],
];

const folder = mkdtempSync(join(tmpdir(), "layers-"));
let violations: { rule: string; from: string; to: string }[] = [];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text, { flag: "a" });
}

function plant([from, to]: readonly [string, string]): void {
  const isFile = to.endsWith(".ts");
  const path = relative(dirname(from), to);
  write(from, `import ${JSON.stringify(isFile && !path.startsWith(".") ? `./${path}` : isFile ? path : to)};\n`);
  if (isFile) write(to, "export {};\n");
}

beforeAll(async () => {
  for (const pair of [...Object.values(PLANTED), ...ALLOWED]) plant(pair);
  write("registry-helper/model/circle-b.ts", 'import "./circle-a.ts";\n');
  write("node_modules/openclaw/package.json", '{"name":"openclaw","exports":{"./plugin-sdk":"./sdk.js"}}');
  write("node_modules/openclaw/sdk.js", "");
  const { options } = config as unknown as { options: { tsConfig?: unknown } };
  const { tsConfig: _tsConfig, ...rest } = options;
  const { output } = await cruise(["registry-helper", "plugin"], {
    ...rest,
    baseDir: folder,
    ruleSet: { forbidden: config.forbidden },
    validate: true,
  });
  violations = (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    from,
    to,
  }));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the layer rules", () => {
  it("have a planted import each", () => {
    expect(Object.keys(PLANTED).sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });

  it.each(Object.entries(PLANTED))("%s reports its planted import", (rule, [from]) => {
    expect(violations.filter((one) => one.rule === rule).map((one) => one.from)).toContain(from);
  });

  it.each(ALLOWED)("accept that %s imports %s", (from) => {
    expect(violations.filter((one) => one.from === from)).toEqual([]);
  });
});
