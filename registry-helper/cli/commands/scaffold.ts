import { usageError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, parseJsonArgument } from "../../model/json.ts";
import { scaffold } from "../../operations/runs/scaffold-run.ts";
import { KEY_OPTION } from "../arguments/common-options.ts";
import type { ParsedArguments } from "../command.ts";
import { defineCommand } from "../define-command.ts";
import { stepsText } from "../output/next-steps-text.ts";
import { wakeCallText } from "../output/wake-text.ts";

/**
 * Set by the gateway plugin for every `exec` of an agent, so that an agent does not have to find out who
 * asked and where the answer goes. The flags win.
 */
const SESSION_VARIABLE = "CLAWTASK_SESSION_KEY";
const ROUTE_VARIABLE = "CLAWTASK_DELIVERY_CONTEXT";

/** Parameters of a workflow: all as JSON, or one by one. */
export const PARAMS_OPTIONS = [{ name: "set" }, { name: "set-json" }] as const;

export const scaffoldCommand = defineCommand({
  command: "scaffold",
  jsonWhenPiped: true,
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
    ...PARAMS_OPTIONS,
    { name: "strict", flag: true },
    { name: "next", as: "claimNext", flag: true },
    KEY_OPTION,
  ],
  run(context, input) {
    const { args, env, self } = context;
    const { sourceSessionKey = env[SESSION_VARIABLE], deliveryContextJson: fromFlag } = input;
    const deliveryContext =
      fromFlag === undefined
        ? parseJsonArgument(ROUTE_VARIABLE, env[ROUTE_VARIABLE])
        : parseJsonArgument("--delivery-context-json", fromFlag);
    const { document, notices, steps, wakeCall } = scaffold(context, {
      ...input,
      sourceSessionKey,
      deliveryContext,
      params: paramsOption(args),
    });
    const { runId, runPath, readyNodes } = document;
    return {
      json: document,
      text: () =>
        steps === undefined
          ? `run ${runId} is there: ${runPath}\nready: ${readyNodes.join(", ")}\n\n  ${self} next ${runId} --claim\n`
          : `${stepsText(steps, context.columns)}${wakeCall === undefined ? "" : `\n${wakeCallText(wakeCall, { runId, self })}\n`}`,
      notices,
    };
  },
});

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
