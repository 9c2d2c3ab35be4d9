import {
  isJsonObject,
  type Json,
  type JsonObject,
  loadRun,
  type OperationInput,
  OPERATIONS,
  unknownControl,
} from "../../../registry-helper/internal.ts";
import { RUN_ACTIONS, type RunAction } from "../contract/run-routes.ts";
import { type HandlerRequest, type Handler, getText, missingArgument, requireText } from "./handler.ts";
import { openTaskRun } from "./opentask-run.ts";
import { applyChange, requireOnlyResult } from "./operation-context.ts";
import { resolveResult } from "./task-actions.ts";

/** Controls a run, and answers with the run as it is then. */
export const actOnRun: Handler = (request) => {
  const { context, params } = request;
  const runId = params["runId"] ?? "";
  act(request, runId, parseAction(params["action"] ?? ""));
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

function act(request: HandlerRequest, runId: string, action: RunAction): void {
  switch (action) {
    case "archive":
    case "unarchive": {
      const undo = action === "unarchive";
      requireOnlyResult(
        applyChange(request, (context, { expectedRevision }) =>
          OPERATIONS["registry.archive"](context, { runIds: [runId], undo, expectedRevision }),
        ).runs,
      );
      return;
    }
    case "retry_delivery":
    case "dismiss":
      resolveResult(request, runId, action === "dismiss" ? action : "retry", getText(request.body, "message"));
      return;
    case "tick":
      applyChange(request, (context, { expectedRevision }) =>
        OPERATIONS["runs.tick"](context, { runId, expectedRevision }),
      );
      return;
    default: {
      // Where the body names no choice, it is one of OpenTask's, whose approvals have none.
      const input = { runId, action, usesFirstChoice: true, ...toControlInput(action, request.body) };
      applyChange(request, (context, change) => OPERATIONS["runs.control"](context, { ...input, ...change }));
    }
  }
}

type Control = Exclude<RunAction, "archive" | "unarchive" | "retry_delivery" | "dismiss" | "tick">;

/** What a control needs, from the body. What is missing is asked for in OpenTask's words. */
function toControlInput(
  action: Control,
  body: JsonObject,
): Pick<OperationInput<"runs.control">, "nodeId" | "message" | "patch"> {
  const message = getText(body, "message");
  const nodeId = (): string => requireText(body, "nodeId", action);
  switch (action) {
    case "pause":
    case "resume":
    case "cancel":
      return { message };
    case "retry":
    case "skip":
      return { message, nodeId: nodeId() };
    case "approve":
    case "reject":
      return { message, nodeId: nodeId(), patch: toAnswer(body) };
    case "send_message":
      return { message: requireText(body, "message", action) };
    case "note":
      return { message: requireText(body, "message", action), nodeId: getText(body, "nodeId") };
    case "patch_cron":
      return { message, patch: requireJson(body, "patch", action) };
    case "add_node": {
      const source = pickSource(body, "node");
      const neededBy = listNames(source, "neededBy");
      const node = requireJson(source, "node", action);
      return { message, patch: { node, ...(neededBy === undefined ? {} : { neededBy }) } };
    }
    case "rewire_node": {
      const needs = listNames(pickSource(body, "needs"), "needs");
      if (needs === undefined) throw missingArgument("needs", action);
      return { message, nodeId: nodeId(), patch: { needs } };
    }
  }
}

function toAnswer(body: JsonObject): JsonObject {
  const source = pickSource(body, "choice", "data");
  const choice = getText(source, "choice");
  const { data } = source;
  return { ...(choice === undefined ? {} : { choice }), ...(data === undefined || data === null ? {} : { data }) };
}

/** OpenTask's bodies have one place for everything else, `patch`; ours name it. */
function pickSource(body: JsonObject, ...names: string[]): JsonObject {
  const { patch } = body;
  return names.some((name) => body[name] !== undefined) || !isJsonObject(patch) ? body : patch;
}

function listNames(source: JsonObject, name: string): string[] | undefined {
  const names = source[name];
  if (!Array.isArray(names)) return undefined;
  return names.flatMap((one) => (typeof one === "string" && one.trim() !== "" ? [one.trim()] : []));
}

function requireJson(body: JsonObject, name: string, action: string): Json {
  const value: Json | undefined = body[name];
  if (value === undefined || value === null) throw missingArgument(name, action);
  return value;
}
