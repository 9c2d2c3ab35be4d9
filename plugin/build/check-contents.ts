import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../registry-helper/build/bundled-files.ts";
import { findGeneratedCode } from "./generated-code.ts";
import type { Sbom } from "./sbom.ts";

/** What esbuild writes above each file of a dependency in a bundle that is not minified. */
const ORIGIN = /^\s*\/\/ \S*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm;
const LICENSED = /^={80}\n(\S+) (\S+) \(.+\)$/gm;
/** Packages in minified bundles, which have no such comments. */
const IN_DASHBOARD = ["@xyflow/react", "elkjs", "react", "react-dom", "react-markdown", "uplot"];

/** The folders with a license file of their own, and what must be in each beside what its bundles tell. */
const LICENSE_FILES = [
  { file: "dist/THIRD_PARTY_LICENSES.txt", code: /^dist\/[^/]+\.c?js$/, minified: IN_DASHBOARD },
  { file: "skills/clawtask/LICENSES.txt", code: /^skills\/.+\.cjs$/, minified: [] },
];

/**
 * What is not true about the built files among `paths`, one line each: versions that differ, development data in a
 * bundle, text that is run as code, a dependency without its license, a license without its code, a bill of materials that says something else.
 */
export function findContentProblems(paths: readonly string[]): string[] {
  const sbom = JSON.parse(read("dist/sbom.cdx.json")) as Sbom;
  const bundles = paths.filter((path) => /\.c?js$/.test(path));
  return [
    ...findVersionProblems(sbom),
    ...bundles.filter((path) => read(path).includes("devDependencies")).map((path) => `package.json is in ${path}`),
    ...bundles.flatMap((path) => findGeneratedCode(read(path)).map((code) => `${path} runs text as code: ${code}`)),
    ...LICENSE_FILES.flatMap((licenses) => findLicenseProblems({ ...licenses, bundles, sbom })),
    ...findSbomProblems(sbom, paths),
  ];
}

function findVersionProblems(sbom: Sbom): string[] {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const manifest = JSON.parse(read("openclaw.plugin.json")) as { version: string };
  const stated = { "openclaw.plugin.json": manifest.version, "dist/sbom.cdx.json": sbom.metadata.component.version };
  return Object.entries(stated)
    .filter(([, other]) => other !== version)
    .map(([file, other]) => `package.json is version ${version}, ${file} ${other}`);
}

function findLicenseProblems(request: {
  file: string;
  code: RegExp;
  minified: readonly string[];
  bundles: readonly string[];
  sbom: Sbom;
}): string[] {
  const { file, code, minified, bundles, sbom } = request;
  const text = read(file);
  const listed = new Map([...text.matchAll(LICENSED)].map(([, name = "", version = ""]) => [name, version]));
  const seen = bundles
    .filter((path) => code.test(path))
    .flatMap((path) => [...read(path).matchAll(ORIGIN)].map(([, name = ""]) => name));
  const folder = file.slice(0, file.indexOf("/") + 1);
  const inFolder = sbom.components.filter(({ evidence }) =>
    evidence?.occurrences.some(({ location }) => location.startsWith(folder)),
  );
  const names = new Set(inFolder.map(({ name }) => name));
  return [
    ...[...new Set([...seen, ...minified])]
      .filter((name) => !listed.has(name))
      .map((name) => `${file} lacks the license of ${name}`),
    ...[...listed.keys()].filter((name) => !names.has(name)).map((name) => `${file} names ${name}, which is not there`),
    ...[...names].filter((name) => !listed.has(name)).map((name) => `the SBOM has ${name} in ${folder}, ${file} not`),
    ...inFolder
      .filter(({ name, licenses }) => /EPL/.test(licenses[0]?.expression ?? "") && !text.includes(`NOTICE: ${name} `))
      .map(({ name }) => `${file} does not say where the source of ${name} is`),
  ];
}

function findSbomProblems(sbom: Sbom, paths: readonly string[]): string[] {
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { version?: string }> };
  return sbom.components.flatMap(({ name, version, evidence, "bom-ref": ref }) => {
    const locked = packages[ref.slice(ref.indexOf("#") + 1)]?.version;
    const absent = (evidence?.occurrences ?? []).filter(({ location }) => !paths.includes(location));
    return [
      ...(locked === version ? [] : [`the SBOM has ${name} ${version}, package-lock.json ${locked ?? "nothing"}`]),
      ...absent.map(({ location }) => `the SBOM has ${name} in ${location}, which is not in the package`),
    ];
  });
}

function read(path: string): string {
  return readFileSync(join(PACKAGE_ROOT, path), "utf8");
}
