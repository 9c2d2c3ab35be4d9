import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../registry-helper/build/bundled-files.ts";
import type { BundledPackage } from "./bundled-packages.ts";

/** The parts of a CycloneDX 1.6 document that this package fills in. */
export interface Sbom {
  $schema: string;
  bomFormat: "CycloneDX";
  specVersion: "1.6";
  version: 1;
  metadata: { component: SbomComponent };
  components: SbomComponent[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface SbomComponent {
  type: "application" | "library";
  "bom-ref": string;
  name: string;
  version: string;
  purl: string;
  licenses: { expression: string }[];
  hashes?: { alg: "SHA-512"; content: string }[];
  externalReferences?: { type: "vcs"; url: string }[];
  evidence?: { occurrences: { location: string }[] };
}

interface Lockfile {
  packages: Record<string, { version?: string; integrity?: string } | undefined>;
}

/**
 * The bill of materials of what ships. Nothing is installed with the package, so its components are the packages whose
 * code is in the bundles, each with the files that it is in. The same build gives the same text: no time, no number.
 *
 * @throws Error when an installed package is not the one in package-lock.json.
 */
export function createSbom(packages: readonly BundledPackage[]): Sbom {
  const { name, version, license } = readJson("package.json") as { name: string; version: string; license: string };
  const lockfile = readJson("package-lock.json") as Lockfile;
  const purl = toPurl(name, version);
  const components = packages.map((bundled) => toComponent(bundled, lockfile));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { type: "application", "bom-ref": purl, name, version, purl, licenses: [{ expression: license }] },
    },
    components,
    dependencies: [{ ref: purl, dependsOn: components.map((component) => component["bom-ref"]) }],
  };
}

function toComponent(bundled: BundledPackage, { packages }: Lockfile): SbomComponent {
  const { name, version, license, repository, folder, files } = bundled;
  const locked = packages[folder];
  if (locked?.version !== version) {
    throw new Error(`${folder} is ${version}, but ${locked?.version ?? "nothing"} in package-lock.json: npm ci`);
  }
  const digest = /^sha512-(\S+)/.exec(locked.integrity ?? "")?.[1];
  return {
    type: "library",
    // The same version may be installed in two places.
    "bom-ref": `${toPurl(name, version)}#${folder}`,
    name,
    version,
    purl: toPurl(name, version),
    licenses: [{ expression: license }],
    ...(digest && { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] }),
    ...(repository?.startsWith("https:") && { externalReferences: [{ type: "vcs", url: repository }] }),
    evidence: { occurrences: files.map((location) => ({ location })) },
  };
}

function toPurl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(PACKAGE_ROOT, path), "utf8"));
}
