import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { getErrorMessage } from "../../../registry-helper/internal.ts";
import { type HostRecord, numberIn, recordIn } from "../../host/untyped-fields.ts";

/** Where an OpenClaw of this user keeps its things, by its own rules (2026.9.6). */
export interface OpenClawPaths {
  readonly stateDir: string;
  readonly configPath: string;
  /** The configuration; undefined when there is none, or when it cannot be read. */
  readonly config: HostRecord | undefined;
  /** Why the configuration cannot be read, when it is there. */
  readonly problem?: string;
}

const DEFAULT_PORT = 18_789;

export function getOpenClawPaths(env: NodeJS.ProcessEnv): OpenClawPaths {
  const home = expand(env["OPENCLAW_HOME"], env) ?? env["HOME"] ?? homedir();
  const stateDir = expand(env["OPENCLAW_STATE_DIR"], env) ?? join(home, ".openclaw");
  const configPath = expand(env["OPENCLAW_CONFIG_PATH"], env) ?? join(stateDir, "openclaw.json");
  if (!existsSync(configPath)) return { stateDir, configPath, config: undefined };
  try {
    return { stateDir, configPath, config: recordIn(parseConfig(readFileSync(configPath, "utf8"))) };
  } catch (error) {
    return { stateDir, configPath, config: undefined, problem: getErrorMessage(error) };
  }
}

/**
 * The file is JSON5. Without its comments that is YAML, which we can read; what neither has in common with the other
 * (hexadecimal numbers, escaped line ends) is not found in a configuration.
 */
export function parseConfig(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parse(stripComments(text));
  }
}

const STRING_OR_COMMENT = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function stripComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith("/") ? " " : found)).replaceAll("\t", " ");
}

export function gatewayPort(config: HostRecord, env: NodeJS.ProcessEnv): number {
  const fromEnv = Number(env["OPENCLAW_GATEWAY_PORT"]?.trim() || NaN);
  const port = Number.isInteger(fromEnv) ? fromEnv : numberIn(recordIn(config["gateway"]), "port");
  return port ?? DEFAULT_PORT;
}

function expand(path: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const given = path?.trim();
  if (!given || given === "undefined" || given === "null") return undefined;
  return resolve(given === "~" || given.startsWith("~/") ? (env["HOME"] ?? homedir()) + given.slice(1) : given);
}
