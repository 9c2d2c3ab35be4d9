import { ClawTaskError } from "../../../registry-helper/index.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../registry-helper/model/json.ts";
import { unknownControl } from "../../../registry-helper/operations/runs/control-run.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { CommandCall } from "../../commands/run-command.ts";
import { RUN_ACTIONS, type RunAction } from "../contract/run-routes.ts";
import { type HandlerRequest, type Handler, getText } from "./handler.ts";
import { openTaskRun } from "./opentask-run.ts";
import { getOnlyResult, runWriteCommand } from "./write-command.ts";

/** Controls a run, and answers with the run as it is then. */
export const actOnRun: Handler = async (request) => {
  const { context, params } = request;
  const runId = params["runId"] ?? "";
  await act(request, runId, parseAction(params["action"] ?? ""));
  const { run, seq } = loadRun(context.registry, runId);
  return { document: openTaskRun(run.state), etag: seq };
};

function parseAction(text: string): RunAction {
  // The command line writes a dash where OpenTask has an underscore.
  const action = text.replaceAll("-", "_");
  const known = RUN_ACTIONS.find((one) => one === action);
  if (known === undefined) throw unknownControl(text);
  return known;
}

async function act(request: HandlerRequest, runId: string, action: RunAction): Promise<void> {
  switch (action) {
    case "archive":
    case "unarchive": {
      const options = { by: request.caller.actor, undo: action === "unarchive" };
      getOnlyResult(
        await runWriteCommand(request, { command: "archive", options, values: [runId] }, { keyed: false }),
        "runs",
      );
      return;
    }
    case "retry_delivery":
    case "dismiss": {
      const isRetry = action === "retry_delivery";
      const reason = getText(request.body, "message");
      const command: CommandCall = {
        command: isRetry ? "tasks retry" : "tasks dismiss",
        ...(isRetry || reason === undefined ? {} : { options: { reason } }),
        values: [runId],
      };
      getOnlyResult(await runWriteCommand(request, command), "results");
      return;
    }
    case "tick":
      await runWriteCommand(request, { command: "tick", values: [runId] }, { keyed: false });
      return;
    default: {
      const { command, options, values } = toControlCommand(action, runId, request.body);
      await runWriteCommand(request, { command, options: { ...options, by: request.caller.actor }, values });
    }
  }
}

type Control = Exclude<RunAction, "archive" | "unarchive" | "retry_delivery" | "dismiss" | "tick">;

/** The command line of a control. What it needs is asked for in OpenTask's words. */
function toControlCommand(action: Control, runId: string, body: JsonObject): Required<CommandCall> {
  const command = action.replaceAll("_", "-");
  const message = getText(body, "message");
  const messageOption = message === undefined ? {} : { message };
  switch (action) {
    case "pause":
    case "resume":
    case "cancel":
      return { command, options: messageOption, values: [runId] };
    case "retry":
    case "skip":
      return { command, options: messageOption, values: [runId, requireText(body, "nodeId", action)] };
    case "approve":
    case "reject":
      return {
        command,
        options: { ...messageOption, ...toAnswerOptions(body) },
        values: [runId, requireText(body, "nodeId", action)],
      };
    case "send_message":
      return { command, options: {}, values: [runId, requireText(body, "message", action)] };
    case "note": {
      const nodeId = getText(body, "nodeId");
      return {
        command,
        options: nodeId === undefined ? {} : { "node-id": nodeId },
        values: [runId, requireText(body, "message", action)],
      };
    }
    case "patch_cron":
      return {
        command,
        options: { ...messageOption, "patch-json": requireJson(body, "patch", action) },
        values: [runId],
      };
    case "add_node": {
      const source = pickSource(body, "node");
      const neededBy = joinNames(source, "neededBy");
      return {
        command,
        options: {
          ...messageOption,
          "node-json": requireJson(source, "node", action),
          ...(neededBy && { "needed-by": neededBy }),
        },
        values: [runId],
      };
    }
    case "rewire_node": {
      const needs = joinNames(pickSource(body, "needs"), "needs");
      if (needs === undefined) throw missingArgument("needs", action);
      return { command, options: { ...messageOption, needs }, values: [runId, requireText(body, "nodeId", action)] };
    }
  }
}

function toAnswerOptions(body: JsonObject): Record<string, string> {
  const source = pickSource(body, "choice", "data");
  const choice = getText(source, "choice");
  const { data } = source;
  return {
    ...(choice === undefined ? {} : { choice }),
    ...(data === undefined || data === null ? {} : { "data-json": JSON.stringify(data) }),
  };
}

/** OpenTask's bodies have one place for everything else, `patch`; ours name it. */
function pickSource(body: JsonObject, ...names: string[]): JsonObject {
  const { patch } = body;
  return names.some((name) => body[name] !== undefined) || !isJsonObject(patch) ? body : patch;
}

function joinNames(source: JsonObject, name: string): string | undefined {
  const names = source[name];
  return Array.isArray(names) ? names.filter((one): one is string => typeof one === "string").join(",") : undefined;
}

function requireText(body: JsonObject, name: string, action: string): string {
  const text = getText(body, name);
  if (text === undefined) throw missingArgument(name, action);
  return text;
}

function requireJson(body: JsonObject, name: string, action: string): string {
  const value: Json | undefined = body[name];
  if (value === undefined || value === null) throw missingArgument(name, action);
  return JSON.stringify(value);
}

function missingArgument(name: string, action: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `${name} is required for ${action}`,
    remedy: { hint: `put ${name} into the body of the request` },
  });
}
