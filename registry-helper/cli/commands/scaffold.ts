import { isJsonObject, type JsonObject, parseJsonArgument } from "../../model/json.ts";
import { scaffoldRun } from "../../operations/runs/scaffold-run.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import { type ParsedArguments, type Command } from "../command.ts";

/**
 * Set by the gateway plugin for every `exec` of an agent, so that an agent does not have to find out who
 * asked and where the answer goes. The flags win.
 */
const SESSION_VARIABLE = "CLAWTASK_SESSION_KEY";
const ROUTE_VARIABLE = "CLAWTASK_DELIVERY_CONTEXT";

export const scaffold: Command = {
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
  run({ registry, args, env, self }) {
    const { options } = args;
    const sourceSessionKey = options["source-session-key"] ?? env[SESSION_VARIABLE];
    if (sourceSessionKey === undefined)
      throw usageError("the following arguments are required: --source-session-key", "scaffold");
    const fromFlag = options["delivery-context-json"];
    const deliveryContext =
      fromFlag === undefined
        ? parseJsonArgument(ROUTE_VARIABLE, env[ROUTE_VARIABLE])
        : parseJsonArgument("--delivery-context-json", fromFlag);
    const made = scaffoldRun(registry, {
      runId: options["run-id"] ?? "",
      workflowPath: options["workflow-path"] ?? "",
      specFile: options["spec-file"],
      sourceSessionKey,
      sourceAgentId: options["source-agent-id"],
      deliveryContext,
      rootSessionKey: options["root-session-key"],
      plannerSessionKey: options["planner-session-key"],
      driverSessionKey: options["driver-session-key"],
      key: options["key"],
      params: paramsOption(args),
    });
    const { runId, workflowPath, runPath, readyNodes, warnings } = made;
    return {
      json: { ok: true, runId, registryRoot: registry.root, workflowPath, runPath, readyNodes },
      text: () =>
        `run ${runId} is there: ${runPath}\nready: ${readyNodes.join(", ")}\n\n  ${self} next ${runId} --claim\n`,
      notices: warnings,
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
