import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { ATTENTION_KINDS, STALE_THRESHOLDS } from "../../../registry-helper/internal.ts";

const at = (path: string): URL => new URL(`../../../${path}`, import.meta.url);
const read = (path: string): string => readFileSync(at(path), "utf8");

interface ConfigSchema {
  description?: string;
  properties?: Record<string, ConfigSchema>;
}
const manifest = JSON.parse(read("openclaw.plugin.json")) as {
  version: string;
  categories: string[];
  configSchema: ConfigSchema;
  configGroups: { properties: string[] }[];
  uiHints: Record<string, { label?: string; help?: string }>;
};
const packageJson = JSON.parse(read("package.json")) as { version: string; files: string[] };

/** Every option with its path: `notify`, `notify.subagent`. */
function listOptions({ properties = {} }: ConfigSchema, prefix = ""): [string, ConfigSchema][] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    [`${prefix}${name}`, schema] as [string, ConfigSchema],
    ...listOptions(schema, `${prefix}${name}.`),
  ]);
}

it("the manifest has the version of the package", () => {
  expect(manifest.version).toBe(packageJson.version);
});

it("the manifest names the one category of the host's list that fits", () => {
  expect(manifest.categories).toEqual(["agent-orchestration"]);
});

it("every option has a description, a label and help, and no hint is for an option that is not there", () => {
  const options = listOptions(manifest.configSchema);
  const bare = options.filter(([path, { description }]) => {
    const { label, help } = manifest.uiHints[path] ?? {};
    return [description, label, help].some((text) => text === undefined || text === "");
  });
  expect(bare.map(([path]) => path)).toEqual([]);
  expect(Object.keys(manifest.uiHints).sort()).toEqual(options.map(([path]) => path).sort());
});

it("every option is in one group of the settings page", () => {
  const grouped = manifest.configGroups.flatMap(({ properties }) => properties);
  expect(grouped.sort()).toEqual(Object.keys(manifest.configSchema.properties ?? {}).sort());
});

it("the icons ship, in the form that the host reads", () => {
  expect(packageJson.files).toContain("assets");
  const icon = readFileSync(at("assets/icon.png"));
  expect(icon.subarray(1, 4).toString()).toBe("PNG");
  expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([512, 512]);
  const activity = read("assets/activity.svg");
  expect(activity).toContain("currentColor");
  expect(activity.match(/<[a-z]/g)?.length).toBeLessThanOrEqual(4);
});

it("the skill's front matter has the keys of the AgentSkills format only, and the host's block", () => {
  const text = read("skills/clawtask/SKILL.md");
  const fields = parse(text.split(/^---$/m)[1] ?? "") as Record<string, unknown>;
  expect(Object.keys(fields)).toEqual(["name", "description", "license", "compatibility", "metadata"]);
  expect(fields).toMatchObject({
    name: "clawtask",
    license: "MIT",
    metadata: { openclaw: { homepage: "https://github.com/clawtask/clawtask", requires: { bins: ["node"] } } },
  });
  expect(String(fields["description"]).length).toBeLessThanOrEqual(160);
  expect(String(fields["compatibility"]).length).toBeLessThanOrEqual(500);
});

it("alerts and thresholds can be set for every kind of attention and every threshold, and the guide names them all", () => {
  const { alerts, staleAfter } = manifest.configSchema.properties ?? {};
  const kinds = (alerts?.properties?.["kinds"] as { items?: { enum?: string[] } } | undefined)?.items?.enum;
  expect(kinds).toEqual(ATTENTION_KINDS);
  expect(Object.keys(staleAfter?.properties ?? {})).toEqual(STALE_THRESHOLDS);
  const guide = read("docs/attention.md");
  for (const name of [...ATTENTION_KINDS, ...STALE_THRESHOLDS]) expect(guide, name).toContain(`\`${name}\``);
});
