/**
 * OpenTask's operator commands, as ours: `run create`, `control ACTION`, `event append`, `node result`. They are
 * rewritten before they are run, so they do nothing that our commands do not do.
 */
import { usageError } from "../../model/errors.ts";
import { uniqueSuffix } from "../../model/ids.ts";
import { isJsonObject, parseJsonArgument } from "../../model/json.ts";
import type { ArgumentSpec, ParsedArguments } from "../command.ts";
import { parseArguments } from "./parse-arguments.ts";

interface Alias {
  spec: ArgumentSpec;
  rewrite: (args: ParsedArguments) => string[];
}

const options = (...names: string[]): ArgumentSpec["options"] => names.map((name) => ({ name }));
const RUN = { name: "run_id" } as const;
const NODE = { name: "node_id" } as const;

const ALIASES: readonly Alias[] = [
  {
    spec: {
      command: "run create",
      positionals: [],
      options: options(
        "workflow-path",
        "run-id",
        "source-session-key",
        "source-agent-id",
        "delivery-context-json",
        "root-session-key",
        "set",
        "set-json",
      ),
    },
    rewrite: ({ options: given, lists }) => {
      const path = required(given, "workflow-path", "run create");
      const name = /([^/]+?)(\.task)?\.md$/.exec(path)?.[1] ?? "run";
      const { "run-id": runId = `${name.slice(0, 40)}-${uniqueSuffix().slice(-8)}`, set: _set } = given;
      const rest = Object.keys(given).filter((one) => !["run-id", "set", "registry-root"].includes(one));
      const values = (lists["set"] ?? []).flatMap((one) => ["--set", one]);
      return ["scaffold", "--run-id", runId, ...passed(given, rest), ...values];
    },
  },
  {
    spec: {
      command: "run bind",
      positionals: [RUN],
      options: options(
        "delivery-context-json",
        "source-session-key",
        "source-agent-id",
        "root-session-key",
        "message",
        "key",
      ),
    },
    rewrite: ({ positionals, options: given }) => {
      const fixed = ["source-session-key", "source-agent-id", "root-session-key"].find((name) => name in given);
      if (fixed !== undefined)
        throw usageError(`run bind: --${fixed} is given when the run is made, with scaffold or fork`, "scaffold");
      const context = required(given, "delivery-context-json", "bind");
      const route = ["--value", toRouteText(context), ...passed(given, ["message", "key"])];
      return ["bind", positionals["run_id"] ?? "", "route", ...route];
    },
  },
  {
    spec: {
      command: "control",
      positionals: [
        {
          name: "action",
          choices: ["pause", "resume", "retry", "skip", "approve", "send_message", "patch_cron"],
        },
        RUN,
      ],
      options: options("node-id", "message", "patch-json", "by", "key"),
    },
    rewrite: ({ positionals, options: given }) => {
      const { action = "", run_id: runId = "" } = positionals;
      const common = passed(given, ["by", "key"]);
      switch (action) {
        case "pause":
        case "resume":
          return [action, runId, ...passed(given, ["message"]), ...common];
        case "send_message":
          return ["send-message", runId, ...common, "--", required(given, "message", "control")];
        case "patch_cron":
          return ["patch-cron", runId, "--patch-json", given["patch-json"] ?? "{}", ...common];
        case "approve":
          return [
            ...[action, runId, required(given, "node-id", "control"), "--first-choice"],
            ...[...passed(given, ["message"]), ...common],
          ];
        default:
          return [action, runId, required(given, "node-id", "control"), ...passed(given, ["message"]), ...common];
      }
    },
  },
  {
    spec: {
      command: "event append",
      positionals: [RUN, { name: "event" }],
      options: options("message", "payload-json", "by", "key"),
    },
    rewrite: ({ positionals, options: given }) => {
      const { run_id: runId = "", event = "" } = positionals;
      const payload = passed(given, ["payload-json", "key"]);
      if (event === "run.progress") return ["progress", runId, ...payload, "--", given["message"] ?? ""];
      return ["emit", runId, event, ...payload, ...passed(given, ["by"])];
    },
  },
  {
    spec: {
      command: "node result",
      positionals: [RUN, NODE, { name: "status" }],
      options: options("summary", "payload-json", "claim", "key"),
    },
    rewrite: ({ positionals, options: given }) => {
      const { run_id: runId = "", node_id: nodeId = "", status = "" } = positionals;
      const { summary, "payload-json": result, claim, key } = given;
      const file = passed({ "result-json": result, claim, key }, ["result-json", "claim", "key"]);
      const said = passed({ message: summary }, ["message"]);
      if (status === "completed") return ["complete", runId, nodeId, ...said, ...file];
      return status === "failed" ? ["fail", runId, nodeId, ...said, ...file] : ["result", runId, nodeId, ...file];
    },
  },
];

/**
 * What OpenTask's operator command is here; undefined for words that are none of its commands.
 *
 * @throws ClawTaskError `usage`
 */
export function rewriteAlias(words: readonly string[]): string[] | undefined {
  for (const { spec, rewrite } of ALIASES) {
    const name = spec.command.split(" ");
    if (!name.every((word, index) => words[index] === word)) continue;
    const args = parseArguments(spec, words.slice(name.length));
    if (args.flags.has("help")) return undefined;
    const [command = "", ...rest] = rewrite(args);
    return [command, ...globals(args), ...rest];
  }
  return undefined;
}

/** OpenTask's delivery context as a route of ours. */
function toRouteText(text: string): string {
  const context = parseJsonArgument("--delivery-context-json", text);
  const { channel, to, ...rest } = isJsonObject(context) ? context : {};
  const more = Object.keys(rest).filter((name) => rest[name] !== null);
  if (typeof channel !== "string" || typeof to !== "string" || more.length > 0)
    throw usageError('argument --delivery-context-json: {"channel": "...", "to": "..."} and nothing else', "bind");
  return `${channel}:${to}`;
}

function globals({ options: given, flags }: ParsedArguments): string[] {
  const flagged = ["json", "text"].flatMap((name) => (flags.has(name) ? [`--${name}`] : []));
  return [...passed(given, ["registry-root"]), ...flagged];
}

function passed(given: Readonly<Record<string, string | undefined>>, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [`--${name}=${value}`];
  });
}

function required(given: Readonly<Record<string, string>>, name: string, command: string): string {
  const value = given[name];
  if (value === undefined) throw usageError(`the following arguments are required: --${name}`, command);
  return value;
}
