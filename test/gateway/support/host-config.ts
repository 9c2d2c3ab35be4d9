import { DISCORD } from "./discord-world.ts";
import { MODEL_ID } from "./scripted-model.ts";

/** A JSON object, as in `openclaw.json`. */
export type JsonObject = { readonly [key: string]: unknown };

/** The person whom the host lets in and treats as its owner (a Telegram user id). */
export const OWNER_ID = "4242";

/** What a configuration is made of. */
export interface HostConfigParts {
  readonly stateDir: string;
  readonly workspaceDir: string;
  readonly logFile: string;
  readonly port: number;
  readonly token: string;
  /** Base address of the scripted model. */
  readonly modelBaseUrl: string;
  /** Base address of the Bot API; without it the host has no Telegram. */
  readonly telegramApiRoot: string | undefined;
  /** Folders of plugins that are loaded from where they lie. */
  readonly pluginDirs: readonly string[];
}

/** The whole of `openclaw.json` for a gateway that speaks to nobody outside this machine. */
export function hostConfig(parts: HostConfigParts): JsonObject {
  return {
    gateway: { mode: "local", bind: "loopback", port: parts.port, auth: { mode: "token", token: parts.token } },
    models: {
      mode: "replace",
      catalogRefresh: { enabled: false },
      providers: { scripted: modelProvider(parts.modelBaseUrl) },
    },
    agents: {
      defaults: { model: { primary: `scripted/${MODEL_ID}` }, workspace: parts.workspaceDir, skipBootstrap: true },
    },
    tools: { toolSearch: false, exec: { security: "full", ask: "off" } },
    logging: { file: parts.logFile },
    channels: {
      ...(parts.telegramApiRoot !== undefined && { telegram: telegramChannel(parts.telegramApiRoot) }),
    },
    commands: { ownerAllowFrom: [`telegram:${OWNER_ID}`, `discord:${DISCORD.owner}`] },
    ...(parts.pluginDirs.length > 0 && { plugins: { load: { paths: parts.pluginDirs } } }),
  };
}

/** Lays `overrides` on `base`: objects are merged key by key, everything else is replaced. */
export function merge(base: JsonObject, overrides: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const below = merged[key];
    merged[key] = isObject(below) && isObject(value) ? merge(below, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function modelProvider(baseUrl: string): JsonObject {
  return {
    baseUrl,
    apiKey: "sk-local",
    api: "openai-completions",
    models: [
      {
        id: MODEL_ID,
        name: "Scripted",
        reasoning: false,
        input: ["text"],
        cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
        contextWindow: 128_000,
        maxTokens: 4096,
      },
    ],
  };
}

function telegramChannel(apiRoot: string): JsonObject {
  return {
    enabled: true,
    botToken: "777:AAFakeTokenForLoopbackOnly",
    apiRoot,
    dmPolicy: "allowlist",
    allowFrom: [OWNER_ID],
    groupPolicy: "open",
    streaming: { mode: "off" },
    groups: { "*": { requireMention: false } },
  };
}
