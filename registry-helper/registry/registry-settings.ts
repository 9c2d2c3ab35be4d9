import { join } from "node:path";
import { resolveStaleThresholds, STALE_AFTER_MS, type StaleThresholds } from "../model/stale-thresholds.ts";
import { readTextIfExists } from "../storage/file-system.ts";
import type { Registry } from "./registry.ts";

/** What the plugin's configuration says about a registry, for whoever reads it without the gateway. */
export interface RegistrySettings {
  /** Thresholds that differ from the defaults, in milliseconds. */
  staleAfter?: Partial<StaleThresholds>;
}

export function registrySettingsPath(root: string): string {
  return join(root, ".settings.json");
}

/** How long things may stand still in this registry: the defaults, with what the plugin's configuration changes. */
export function readStaleThresholds(registry: Pick<Registry, "fs" | "root">): StaleThresholds {
  try {
    const text = readTextIfExists(registry.fs, registrySettingsPath(registry.root));
    return resolveStaleThresholds(text === undefined ? undefined : (JSON.parse(text) as RegistrySettings).staleAfter);
  } catch {
    return STALE_AFTER_MS;
  }
}
