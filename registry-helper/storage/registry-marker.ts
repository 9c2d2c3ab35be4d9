import { join } from "node:path";
import { uniqueSuffix } from "../model/ids.ts";
import { isJsonObject, parseJson } from "../model/json.ts";
import { type FileSystem, ifExists, readTextIfExists, writeNewFile } from "./file-system.ts";
import { publishFile } from "./place-file.ts";

/** Version of the layout of a registry. */
const FORMAT = 1;

/** By this file a folder is known as a registry, and as the one that it was before. */
export function markerPath(root: string): string {
  return join(root, ".clawtask-registry");
}

/**
 * Marks a folder as a registry, once. Registries of older versions and of OpenTask have no mark; they get it with the
 * next change. What cannot be marked works without it.
 */
export function ensureMarker(fs: FileSystem, root: string): void {
  const path = markerPath(root);
  try {
    if (fs.existsSync(path)) return;
    const temporary = `${path}.${uniqueSuffix()}`;
    const id = `${Date.now().toString(36)}${uniqueSuffix()}${uniqueSuffix()}`;
    writeNewFile(fs, temporary, `${JSON.stringify({ format: FORMAT, id })}\n`);
    publishFile(fs, temporary, path);
  } catch {
    // The change that has been made stands; the next one tries again.
  }
}

/** What a registry is known by: its mark, and the folder itself. Undefined when there is no folder. */
export interface RegistryIdentity {
  id: string | undefined;
  folder: string;
}

export function readIdentity(fs: FileSystem, root: string): RegistryIdentity | undefined {
  const stat = ifExists(() => fs.statSync(root), undefined);
  if (stat === undefined) return undefined;
  return { id: readMarkerId(fs, root), folder: `${stat.dev}:${stat.ino}` };
}

function readMarkerId(fs: FileSystem, root: string): string | undefined {
  try {
    const mark: unknown = parseJson(readTextIfExists(fs, markerPath(root)) ?? "null");
    return isJsonObject(mark) && typeof mark["id"] === "string" ? mark["id"] : undefined;
  } catch {
    return undefined;
  }
}
