import { usageError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, parseJsonArgument } from "../../model/json.ts";
import { scaffold } from "../../operations/runs/scaffold.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { type ParsedArguments, type Command } from "../command.ts";

/**
 * Set by the gateway plugin for every `exec` of an agent, so that an agent does not have to find out who
 * asked and where the answer goes. The flags win.
 */
const SESSION_VARIABLE = "CLAWTASK_SESSION_KEY";
const ROUTE_VARIABLE = "CLAWTASK_DELIVERY_CONTEXT";

export const scaffoldCommand: Command = {
  jsonWhenPiped: true,
  spec: {
    command: "scaffold",
    positionals: [],
    options: [
      { name: "workflow-path", required: true },
      { name: "spec-file" },
      { name: "run-id", required: true },
      { name: "source-session-key" },
      { name: "source-agent-id" },
      { name: "delivery-context-json" },
      { name: "root-session-key" },
      { name: "planner-session-key" },
      { name: "driver-session-key" },
      { name: "set" },
      { name: "set-json" },
      KEY_OPTION,
    ],
  },
  run(context) {
    const { args, env, self } = context;
    const { options } = args;
    const fromFlag = options["delivery-context-json"];
    const { document, notices } = scaffold(context, {
      runId: options["run-id"] ?? "",
      workflowPath: options["workflow-path"] ?? "",
      specFile: options["spec-file"],
      sourceSessionKey: options["source-session-key"] ?? env[SESSION_VARIABLE],
      sourceAgentId: options["source-agent-id"],
      deliveryContext:
        fromFlag === undefined
          ? parseJsonArgument(ROUTE_VARIABLE, env[ROUTE_VARIABLE])
          : parseJsonArgument("--delivery-context-json", fromFlag),
      rootSessionKey: options["root-session-key"],
      plannerSessionKey: options["planner-session-key"],
      driverSessionKey: options["driver-session-key"],
      key: options["key"],
      params: paramsOption(args),
    });
    const { runId, runPath, readyNodes } = document;
    return {
      json: document,
      text: () =>
        `run ${runId} is there: ${runPath}\nready: ${readyNodes.join(", ")}\n\n  ${self} next ${runId} --claim\n`,
      notices,
    };
  },
};

/** `--set-json '{...}'`, then each `--set name=value`. */
export function paramsOption(args: ParsedArguments, command = "scaffold"): JsonObject {
  const json = parseJsonArgument("--set-json", args.options["set-json"]);
  if (json !== null && !isJsonObject(json)) throw usageError("argument --set-json: a JSON object", command);
  const pairs = (args.lists["set"] ?? []).map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw usageError(`argument --set: name=value, not ${pair}`, command);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return { ...json, ...Object.fromEntries(pairs) };
}
