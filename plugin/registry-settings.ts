import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type RegistrySettings, registrySettingsPath } from "../registry-helper/internal.ts";

/** Writes what the configuration says about the registry beside it, for the command line and other readers. */
export async function writeRegistrySettings(root: string, settings: RegistrySettings): Promise<void> {
  const path = registrySettingsPath(root);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.next`, `${JSON.stringify(settings)}\n`, { mode: 0o600 });
  await rename(`${path}.next`, path);
}
