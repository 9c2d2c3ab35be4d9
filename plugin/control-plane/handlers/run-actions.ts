import { ClawTaskError } from "../../../registry-helper/index.ts";
import { unknownControl } from "../../../registry-helper/operations/runs/control-run.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../registry-helper/model/json.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { VerbCall } from "../../commands/run-command.ts";
import { RUN_ACTIONS, type RunAction } from "../contract/run-routes.ts";
import { type Call, type Handler, textOf } from "./handler.ts";
import { openTaskRun } from "./opentask-run.ts";
import { onlyResult, write } from "./write-command.ts";

/** Controls a run, and answers with the run as it is then. */
export const actOnRun: Handler = async (call) => {
  const { desk, params } = call;
  const runId = params["runId"] ?? "";
  await act(call, runId, actionIn(params["action"] ?? ""));
  const { run, seq } = loadRun(desk.registry, runId);
  return { document: openTaskRun(run.state), etag: seq };
};

function actionIn(text: string): RunAction {
  // The command line writes a dash where OpenTask has an underscore.
  const action = text.replaceAll("-", "_");
  const known = RUN_ACTIONS.find((one) => one === action);
  if (known === undefined) throw unknownControl(text);
  return known;
}

async function act(call: Call, runId: string, action: RunAction): Promise<void> {
  switch (action) {
    case "archive":
    case "unarchive": {
      const options = { by: call.caller.actor, undo: action === "unarchive" };
      onlyResult(await write(call, { verb: "archive", options, values: [runId] }, { keyed: false }), "runs");
      return;
    }
    case "retry_delivery":
    case "dismiss": {
      const isRetry = action === "retry_delivery";
      const reason = textOf(call.body, "message");
      const verb: VerbCall = {
        verb: isRetry ? "tasks retry" : "tasks dismiss",
        ...(isRetry || reason === undefined ? {} : { options: { reason } }),
        values: [runId],
      };
      onlyResult(await write(call, verb), "results");
      return;
    }
    case "tick":
      await write(call, { verb: "tick", values: [runId] }, { keyed: false });
      return;
    default: {
      const { verb, options, values } = controlOf(action, runId, call.body);
      await write(call, { verb, options: { ...options, by: call.caller.actor }, values });
    }
  }
}

type Control = Exclude<RunAction, "archive" | "unarchive" | "retry_delivery" | "dismiss" | "tick">;

/** The command line of a control. What it needs is asked for in OpenTask's words. */
function controlOf(action: Control, runId: string, body: JsonObject): Required<VerbCall> {
  const verb = action.replaceAll("_", "-");
  const message = textOf(body, "message");
  const said = message === undefined ? {} : { message };
  switch (action) {
    case "pause":
    case "resume":
    case "cancel":
      return { verb, options: said, values: [runId] };
    case "retry":
    case "skip":
      return { verb, options: said, values: [runId, required(body, "nodeId", action)] };
    case "approve":
    case "reject":
      return { verb, options: { ...said, ...answerIn(body) }, values: [runId, required(body, "nodeId", action)] };
    case "send_message":
      return { verb, options: {}, values: [runId, required(body, "message", action)] };
    case "note": {
      const nodeId = textOf(body, "nodeId");
      return {
        verb,
        options: nodeId === undefined ? {} : { "node-id": nodeId },
        values: [runId, required(body, "message", action)],
      };
    }
    case "patch_cron":
      return { verb, options: { ...said, "patch-json": jsonOf(body, "patch", action) }, values: [runId] };
    case "add_node": {
      const source = patched(body, "node");
      const neededBy = namesIn(source, "neededBy");
      return {
        verb,
        options: { ...said, "node-json": jsonOf(source, "node", action), ...(neededBy && { "needed-by": neededBy }) },
        values: [runId],
      };
    }
    case "rewire_node": {
      const needs = namesIn(patched(body, "needs"), "needs");
      if (needs === undefined) throw missing("needs", action);
      return { verb, options: { ...said, needs }, values: [runId, required(body, "nodeId", action)] };
    }
  }
}

function answerIn(body: JsonObject): Record<string, string> {
  const source = patched(body, "choice", "data");
  const choice = textOf(source, "choice");
  const { data } = source;
  return {
    ...(choice === undefined ? {} : { choice }),
    ...(data === undefined || data === null ? {} : { "data-json": JSON.stringify(data) }),
  };
}

/** OpenTask's bodies have one place for everything else, `patch`; ours name it. */
function patched(body: JsonObject, ...names: string[]): JsonObject {
  const { patch } = body;
  return names.some((name) => body[name] !== undefined) || !isJsonObject(patch) ? body : patch;
}

function namesIn(source: JsonObject, name: string): string | undefined {
  const names = source[name];
  return Array.isArray(names) ? names.filter((one): one is string => typeof one === "string").join(",") : undefined;
}

function required(body: JsonObject, name: string, action: string): string {
  const text = textOf(body, name);
  if (text === undefined) throw missing(name, action);
  return text;
}

function jsonOf(body: JsonObject, name: string, action: string): string {
  const value: Json | undefined = body[name];
  if (value === undefined || value === null) throw missing(name, action);
  return JSON.stringify(value);
}

function missing(name: string, action: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `${name} is required for ${action}`,
    next: `put ${name} into the body of the request`,
  });
}
