import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** The part of a path that names the package: `node_modules/yaml`, `node_modules/@sinclair/typebox`. */
const PACKAGE_FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** The licenses of everything that went into the bundles: their authors ask for them to travel along. */
export function thirdPartyLicenses(metafiles: readonly Metafile[]): string {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = [...new Set(inputs.flatMap((input) => PACKAGE_FOLDER.exec(input)?.[0] ?? []))].sort();
  return `The files beside this one contain code of these packages.\n\n${folders.map(readLicense).join("\n")}`;
}

function readLicense(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) : undefined;
  const text = file === undefined ? "" : `\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  return `${"=".repeat(80)}\n${name} ${version} (${license ?? "license not named"})\n${text}`;
}
