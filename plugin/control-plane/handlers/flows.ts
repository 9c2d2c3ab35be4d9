import {
  ClawTaskError,
  DEFAULT_LIMIT,
  findFlow,
  toFlowDocument,
  inspectFlow,
  listFlows,
  parseRunFlowId,
} from "../../../registry-helper/internal.ts";
import type { CommandCall } from "../../commands/run-command.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import { FLOW_ACTIONS, type FlowActionName } from "../contract/flow-routes.ts";
import { type HandlerRequest, type Handler, getNumber, getText } from "./handler.ts";
import { formatPageCursor, parsePageCursor } from "./page-cursor.ts";
import { pickOptions, unknownAction } from "./task-actions.ts";
import { getOnlyResult, runWriteCommand } from "./write-command.ts";

export const listFlowsHandler: Handler = ({ read, query }) => {
  const position = parsePageCursor(getText(query, "before"));
  const filter = {
    status: getText(query, "status"),
    owner: getText(query, "owner"),
    before: position === undefined ? undefined : { flowId: position.id, updatedAt: position.at },
    limit: getNumber(query, "limit") ?? DEFAULT_LIMIT,
  };
  const rows = read.query((database) => listFlows(database, filter));
  const last = rows.length < filter.limit ? undefined : rows.at(-1);
  return {
    document: {
      flows: rows.flatMap(({ flow }) => flow ?? []),
      unreadable: rows.flatMap(({ flowId, problem }) => (problem === null ? [] : [{ flowId, problem }])),
      next: last === undefined ? null : formatPageCursor({ id: last.flowId, at: last.flow?.updatedAt ?? null }),
    },
  };
};

export const getFlow: Handler = ({ context: { registry }, read, params }) => {
  const inspected = read.query((database) => inspectFlow(registry, database, params["flowId"] ?? ""));
  return { document: toFlowDocument(inspected, registry.now()), etag: inspected.flow.revision };
};

export const createFlow: Handler = async (request) => {
  const deliveryContext = request.body["deliveryContext"];
  const options = {
    ...pickOptions(request, ["title", "goal", "owner", "notify", "step"]),
    ...(deliveryContext === undefined ? {} : { "delivery-context-json": JSON.stringify(deliveryContext) }),
  };
  // Whoever clicks is not the owner of the flow, so their name is not given.
  return toResult(await runWriteCommand(request, { command: "flows create", options }, { anonymous: true }));
};

/** Changes a flow by its verb. */
export const actOnFlow: Handler = async (request) => {
  const action = FLOW_ACTIONS.find((one) => one === request.params["action"]);
  if (action === undefined) throw unknownAction(request.params["action"] ?? "", FLOW_ACTIONS);
  const flowId = resolveFlowId(request);
  if (action !== "retry_delivery" && action !== "dismiss")
    return toResult(await runWriteCommand(request, toCommand(request, action, flowId)));
  const command = action === "dismiss" ? "tasks dismiss" : "tasks retry";
  const options = action === "dismiss" ? pickOptions(request, ["reason"]) : {};
  return {
    document: {
      flowId,
      ...getOnlyResult(await runWriteCommand(request, { command, options, values: [flowId] }), "results"),
    },
  };
};

/** The flow of a run need not be in the index; any other is looked up, as people name flows. */
function resolveFlowId({ read, params }: HandlerRequest): string {
  const reference = params["flowId"] ?? "";
  return parseRunFlowId(reference) === undefined
    ? read.query((database) => findFlow(database, reference).flowId)
    : reference;
}

function toResult(document: HostRecord): { document: HostRecord; etag?: number } {
  const { revision } = document;
  return { document, ...(typeof revision === "number" ? { etag: revision } : {}) };
}

function toCommand(
  request: HandlerRequest,
  action: Exclude<FlowActionName, "retry_delivery" | "dismiss">,
  flowId: string,
): CommandCall {
  const { body } = request;
  const command = `flows ${action}`;
  const of = (...names: string[]): CommandCall => ({ command, options: pickOptions(request, names), values: [flowId] });
  switch (action) {
    case "cancel":
      return of("reason");
    case "resume":
      return of("step");
    case "wait":
      return {
        ...of(),
        options: {
          ...pickOptions(request, ["task", "event", "until", "note", "step"]),
          manual: body["manual"] === true,
        },
      };
    case "block":
      return of("reason", "step");
    case "finish":
      return of("result");
    case "fail":
      return of("error");
    case "update":
      return of("update", "step");
    case "output": {
      const { value } = body;
      const name = getText(body, "name");
      if (value === undefined || name === undefined)
        throw new ClawTaskError("argument_missing", {
          message: `${name === undefined ? "name" : "value"} is required for output`,
        });
      const options = { "value-json": JSON.stringify(value), append: body["append"] === true };
      return { command, options, values: [flowId, name] };
    }
    case "run-task": {
      const task = getText(body, "task");
      const options = {
        ...pickOptions(request, ["runtime", "label", "text", "step"]),
        "run-id": getText(body, "runId"),
        "child-session-key": getText(body, "childSessionKey"),
        started: body["started"] === true,
      };
      return { command, options, values: task === undefined ? [flowId] : [flowId, task] };
    }
  }
}
