import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BundledFile, PACKAGE_ROOT } from "../../registry-helper/build/bundled-files.ts";

/** The part of a path that names the package: `node_modules/yaml`, `node_modules/@sinclair/typebox`. */
const PACKAGE_FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
/** Licenses that want it said where the source code is. */
const WANTS_SOURCE = /\b(EPL|MPL|LGPL|CDDL)\b/;

/** A package of which code is in the files that ship. */
export interface BundledPackage {
  name: string;
  version: string;
  /** An SPDX expression. */
  license: string;
  /** Where its source code is, when it says so. */
  repository: string | undefined;
  /** Where it is installed, as package-lock.json names it. */
  folder: string;
  licenseText: string;
  /** The files of this package that contain it. */
  files: string[];
}

/**
 * The packages whose code is in the given files, by name.
 *
 * @throws Error for a package that names no license: nobody may ship it.
 */
export function findBundledPackages(bundled: readonly BundledFile[]): BundledPackage[] {
  const filesByFolder = new Map<string, Set<string>>();
  for (const { file, inputs } of bundled) {
    for (const folder of inputs.flatMap((input) => PACKAGE_FOLDER.exec(resolve(PACKAGE_ROOT, input))?.[0] ?? [])) {
      filesByFolder.set(folder, (filesByFolder.get(folder) ?? new Set()).add(file));
    }
  }
  return [...filesByFolder]
    .map(([folder, files]) => readPackage(folder, [...files].sort()))
    .sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

function readPackage(folder: string, files: string[]): BundledPackage {
  const { name, version, license, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
    repository?: string | { url?: string };
  };
  if (license === undefined) throw new Error(`${name} ${version} names no license`);
  const licenseFile = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const url = typeof repository === "string" ? repository : repository?.url;
  return {
    name,
    version,
    license,
    repository: url?.replace(/^git\+/, "").replace(/\.git$/, ""),
    folder: folder.slice(folder.indexOf("node_modules/")),
    licenseText: licenseFile === undefined ? "" : readFileSync(join(folder, licenseFile), "utf8").trim(),
    files,
  };
}

/** The license file of a folder: the authors of what is in its files ask for their licenses to travel along. */
export function formatLicenses(packages: readonly BundledPackage[]): string {
  const notices = packages
    .filter(({ license }) => WANTS_SOURCE.test(license))
    .map(({ name, version, license, repository = "not named" }) => {
      return `NOTICE: ${name} ${version} is under ${license}; its source code is at ${repository} (version ${version}).\n`;
    });
  const texts = packages.map(({ name, version, license, licenseText }) => {
    const text = licenseText === "" ? "" : `\n${licenseText}\n`;
    return `${"=".repeat(80)}\n${name} ${version} (${license})\n${text}`;
  });
  return `The files beside this one contain code of these packages.\n${notices.join("")}\n${texts.join("\n")}`;
}
