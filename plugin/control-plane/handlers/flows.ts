import {
  type ChangeInput,
  DEFAULT_LIMIT,
  findFlow,
  toFlowDocument,
  inspectFlowOrRelated,
  type IndexedContext,
  listFlows,
  type NotifyPolicy,
  OPERATIONS,
  type Outcome,
  parseRunFlowId,
  type TaskRuntime,
} from "../../../registry-helper/internal.ts";
import { FLOW_ACTIONS, type FlowActionName } from "../contract/flow-routes.ts";
import { type HandlerRequest, type Handler, getNumber, getText, missingArgument, requireText } from "./handler.ts";
import { applyChange } from "./operation-context.ts";
import { formatPageCursor, parsePageCursor } from "./page-cursor.ts";
import { pickTexts, resolveResult, unknownAction } from "./task-actions.ts";

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
  const inspected = read.query((database) => inspectFlowOrRelated(registry, database, params["flowId"] ?? ""));
  const { flow, others } = inspected;
  const document = { ...toFlowDocument(inspected, registry.now()), ...(others.length === 0 ? {} : { others }) };
  return { document, etag: flow.revision };
};

export const createFlowHandler: Handler = (request) => {
  const texts = pickTexts(request, ["goal", "owner", "step"]);
  const { title, notify } = pickTexts(request, ["title", "notify"]);
  const input = {
    ...texts,
    title: title ?? "",
    notify: notify as NotifyPolicy | undefined,
    deliveryContext: request.body["deliveryContext"],
  };
  // Whoever clicks is not the owner of the flow, so their name is not given.
  return toResult(
    applyChange(request, (context, { key }) =>
      OPERATIONS["flows.create"]({ ...context, actor: undefined }, { ...input, key }),
    ),
  );
};

/** Changes a flow. */
export const actOnFlow: Handler = (request) => {
  const action = FLOW_ACTIONS.find((one) => one === request.params["action"]);
  if (action === undefined) throw unknownAction(request.params["action"] ?? "", FLOW_ACTIONS);
  const flowId = resolveFlowId(request);
  switch (action) {
    case "retry_delivery":
      return { document: { flowId, ...resolveResult(request, flowId, "retry") } };
    case "dismiss":
      return { document: { flowId, ...resolveResult(request, flowId, "dismiss") } };
    default: {
      const act = toChange(request, action);
      return toResult(applyChange(request, (context, change) => act(context, { flow: flowId, ...change })));
    }
  }
};

/** The flow of a run need not be in the index; any other is looked up, as people name flows. */
function resolveFlowId({ read, params }: HandlerRequest): string {
  const reference = params["flowId"] ?? "";
  return parseRunFlowId(reference) === undefined
    ? read.query((database) => findFlow(database, reference).flowId)
    : reference;
}

function toResult(document: { revision: number | null }): { document: object; etag?: number } {
  const { revision } = document;
  return { document, ...(revision === null ? {} : { etag: revision }) };
}

type FlowChange = (
  context: IndexedContext,
  change: ChangeInput & { flow: string },
) => Outcome<{ revision: number | null } & object>;

function toChange(request: HandlerRequest, action: Exclude<FlowActionName, "retry_delivery" | "dismiss">): FlowChange {
  const { body } = request;
  switch (action) {
    case "cancel":
      return (context, change) => OPERATIONS["flows.cancel"](context, { ...change, ...pickTexts(request, ["reason"]) });
    case "resume":
      return (context, change) => OPERATIONS["flows.resume"](context, { ...change, ...pickTexts(request, ["step"]) });
    case "wait": {
      const input = {
        ...pickTexts(request, ["task", "event", "until", "note", "step"]),
        manual: body["manual"] === true,
      };
      return (context, change) => OPERATIONS["flows.wait"](context, { ...change, ...input });
    }
    case "block":
      return (context, change) =>
        OPERATIONS["flows.block"](context, {
          reason: requireText(body, "reason", action),
          ...change,
          ...pickTexts(request, ["step"]),
        });
    case "finish":
      return (context, change) => OPERATIONS["flows.finish"](context, { ...change, ...pickTexts(request, ["result"]) });
    case "fail":
      return (context, change) =>
        OPERATIONS["flows.fail"](context, { ...change, error: requireText(body, "error", action) });
    case "update":
      return (context, change) =>
        OPERATIONS["flows.update"](context, { ...change, ...pickTexts(request, ["update", "step"]) });
    case "output": {
      const { value } = body;
      const name = requireText(body, "name", action);
      if (value === undefined) throw missingArgument("value", action);
      return (context, change) =>
        OPERATIONS["flows.output"](context, { ...change, name, value, append: body["append"] === true });
    }
    case "run-task": {
      const texts = pickTexts(request, ["task", "label", "text", "step", "runId", "childSessionKey"]);
      const runtime = getText(body, "runtime") as TaskRuntime | undefined;
      return (context, change) =>
        OPERATIONS["flows.run-task"](context, { ...change, ...texts, runtime, started: body["started"] === true });
    }
  }
}
