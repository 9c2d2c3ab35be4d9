import { join } from "node:path";
import { isJsonObject, toJsonFile } from "../model/json.ts";
import { type ApprovalAccess, APPROVAL_AUTHORITIES } from "../model/node-policy.ts";
import { resolveStaleThresholds, STALE_AFTER_MS, type StaleThresholds } from "../model/stale-thresholds.ts";
import { makeFolder, readTextIfExists, replaceFile } from "../storage/file-system.ts";
import type { Registry } from "./registry.ts";

/** What the operator has set for all who work on a registry. The gateway plugin writes it from its configuration. */
export function registrySettingsPath(root: string): string {
  return join(root, ".settings.json");
}

/**
 * Who may answer approvals whose workflow says nothing of it: as the registry was opened, else as its settings say.
 * Settings that cannot be read were meant to hold something off: then only verified answers count.
 */
export function readApprovalDefaults({ fs, root, approvals }: Registry): ApprovalAccess {
  if (approvals !== undefined) return approvals;
  const text = readTextIfExists(fs, registrySettingsPath(root));
  if (text === undefined) return {};
  return parseApprovals(text) ?? { authority: "verified" };
}

/** How long things may stand still in this registry: the defaults, with what its settings change. */
export function readStaleThresholds({ fs, root }: Pick<Registry, "fs" | "root">): StaleThresholds {
  try {
    const settings: unknown = JSON.parse(readTextIfExists(fs, registrySettingsPath(root)) ?? "{}");
    return resolveStaleThresholds(isJsonObject(settings) ? settings["staleAfter"] : undefined);
  } catch {
    return STALE_AFTER_MS;
  }
}

/** Marks settings that follow the plugin's configuration; all others were written by an operator and are left alone. */
const PLUGIN = "gateway plugin";

/** What the plugin's configuration says of a registry. */
export interface PluginSettings {
  approvals?: ApprovalAccess | undefined;
  /** Thresholds that differ from the defaults, in milliseconds. */
  staleAfter?: Partial<StaleThresholds> | undefined;
}

/** Writes what the plugin's configuration says; where it says nothing, what it said before is taken away. */
export function writePluginSettings(
  { fs, root }: Pick<Registry, "fs" | "root">,
  { approvals = {}, staleAfter = {} }: PluginSettings,
): void {
  const path = registrySettingsPath(root);
  const before = readTextIfExists(fs, path);
  const saysNothing = Object.keys(approvals).length === 0 && Object.keys(staleAfter).length === 0;
  const text = toJsonFile({ writtenBy: PLUGIN, approvals: { ...approvals }, staleAfter: { ...staleAfter } });
  if (saysNothing && before?.includes(`"writtenBy": "${PLUGIN}"`) === true) fs.unlinkSync(path);
  if (saysNothing || before === text) return;
  makeFolder(fs, root, root);
  replaceFile(fs, path, text);
}

function parseApprovals(text: string): ApprovalAccess | undefined {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    return undefined;
  }
  const approvals = isJsonObject(settings) ? settings["approvals"] : undefined;
  if (!isJsonObject(approvals)) return undefined;
  const authority = APPROVAL_AUTHORITIES.find((one) => one === approvals["authority"]);
  const { approvers } = approvals;
  const areNames = Array.isArray(approvers) && approvers.every((one) => typeof one === "string");
  if ((approvals["authority"] !== undefined && authority === undefined) || (approvers !== undefined && !areNames))
    return undefined;
  return {
    ...(authority === undefined ? {} : { authority }),
    ...(areNames ? { approvers: approvers } : {}),
  };
}
