import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { findBundledPackages, formatLicenses } from "../../../plugin/build/bundled-packages.ts";
import { createSbom } from "../../../plugin/build/sbom.ts";
import { bundledFiles } from "../../../registry-helper/build/bundled-files.ts";

const FILES = [
  { file: "dist/app.js", inputs: ["plugin/a.ts", "node_modules/elkjs/lib/elk-api.js", "node_modules/yaml/dist/a.js"] },
  { file: "dist/other.js", inputs: ["node_modules/yaml/dist/b.js", "node_modules/@sinclair/typebox/build/c.js"] },
];
const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

it("finds each package once, with the files that contain it", () => {
  expect(findBundledPackages(FILES).map(({ name, files }) => [name, files])).toEqual([
    ["@sinclair/typebox", ["dist/other.js"]],
    ["elkjs", ["dist/app.js"]],
    ["yaml", ["dist/app.js", "dist/other.js"]],
  ]);
});

it("leaves out inputs of which nothing is in the output", () => {
  const input = (bytesInOutput: number) => ({ bytesInOutput });
  const output = { bytes: 1, imports: [], exports: [] };
  const outputs = {
    "dist/a.js": { ...output, inputs: { "a.ts": input(3), "unused.ts": input(0) } },
    "dist/a.js.map": { ...output, inputs: {} },
  };
  expect(bundledFiles({ inputs: {}, outputs })).toEqual([{ file: "dist/a.js", inputs: ["a.ts"] }]);
});

it("says where the source of EPL code is, and gives each license's text", () => {
  const text = formatLicenses(findBundledPackages(FILES));
  expect(text.match(/^NOTICE: .*$/gm)).toEqual([
    expect.stringMatching(
      /^NOTICE: elkjs \S+ is under EPL-2\.0 .* https:\/\/github\.com\/kieler\/elkjs \(version \S+\)\.$/,
    ),
  ]);
  expect(text).toContain("Copyright Eemeli Aro");
});

it("makes a CycloneDX document with versions and hashes of package-lock.json", () => {
  const sbom = createSbom(findBundledPackages(FILES));
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { version: string }> };
  expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
  const yaml = sbom.components.find(({ name }) => name === "yaml");
  expect(yaml?.purl).toBe(`pkg:npm/yaml@${packages["node_modules/yaml"]?.version}`);
  expect(yaml?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
  const refs = sbom.components.map((component) => component["bom-ref"]);
  expect(new Set(refs).size).toBe(3);
  expect(sbom.dependencies[0]?.dependsOn).toEqual(refs);
});

it("the skill's license file is about its own scripts", () => {
  const listed = [...read("skills/clawtask/LICENSES.txt").matchAll(/^={80}\n(\S+) /gm)].map(([, name]) => name);
  expect(listed).toContain("yaml");
  expect(listed).not.toContain("react");
  expect(listed).not.toContain("elkjs");
});
