import { inspectFlow } from "../../../registry-helper/views/queries/flow-details.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import { flowDocument } from "../../../registry-helper/cli/output/flow-text.ts";
import { findFlow, listFlows } from "../../../registry-helper/views/queries/flow-queries.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import type { VerbCall } from "../../commands/run-command.ts";
import { FLOW_ACTIONS, type FlowAction } from "../contract/flow-routes.ts";
import { type Call, type Handler, numberOf, textOf } from "./handler.ts";
import { cursorOf, placeOf } from "./page-cursor.ts";
import { given, unknownAction } from "./task-actions.ts";
import { onlyResult, write } from "./write-command.ts";
import { ClawTaskError } from "../../../registry-helper/index.ts";
import { runOfFlow } from "../../../registry-helper/domain/flow/run-as-flow.ts";

export const listFlowsHandler: Handler = ({ read, query }) => {
  const place = placeOf(textOf(query, "before"));
  const filter = {
    status: textOf(query, "status"),
    owner: textOf(query, "owner"),
    before: place === undefined ? undefined : { flowId: place.id, updatedAt: place.at },
    limit: numberOf(query, "limit") ?? DEFAULT_LIMIT,
  };
  const rows = read.query((database) => listFlows(database, filter));
  const last = rows.length < filter.limit ? undefined : rows.at(-1);
  return {
    document: {
      flows: rows.flatMap(({ flow }) => flow ?? []),
      unreadable: rows.flatMap(({ flowId, problem }) => (problem === null ? [] : [{ flowId, problem }])),
      next: last === undefined ? null : cursorOf({ id: last.flowId, at: last.flow?.updatedAt ?? null }),
    },
  };
};

export const getFlow: Handler = ({ desk: { registry }, read, params }) => {
  const inspected = read.query((database) => inspectFlow(registry, database, params["flowId"] ?? ""));
  return { document: flowDocument(inspected, registry.now()), etag: inspected.flow.revision };
};

export const createFlow: Handler = async (call) => {
  const context = call.body["deliveryContext"];
  const options = {
    ...given(call, ["title", "goal", "owner", "notify", "step"]),
    ...(context === undefined ? {} : { "delivery-context-json": JSON.stringify(context) }),
  };
  // Whoever clicks is not the owner of the flow, so their name is not given.
  return changed(await write(call, { verb: "flows create", options }, { nameless: true }));
};

/** Changes a flow by its verb. */
export const actOnFlow: Handler = async (call) => {
  const action = FLOW_ACTIONS.find((one) => one === call.params["action"]);
  if (action === undefined) throw unknownAction(call.params["action"] ?? "", FLOW_ACTIONS);
  const flowId = flowIdOf(call);
  if (action !== "retry_delivery" && action !== "dismiss")
    return changed(await write(call, verbOf(call, action, flowId)));
  const verb = action === "dismiss" ? "tasks dismiss" : "tasks retry";
  const options = action === "dismiss" ? given(call, ["reason"]) : {};
  return { document: { flowId, ...onlyResult(await write(call, { verb, options, values: [flowId] }), "results") } };
};

/** The flow of a run need not be in the index; any other is looked up, as people name flows. */
function flowIdOf({ read, params }: Call): string {
  const reference = params["flowId"] ?? "";
  return runOfFlow(reference) === undefined
    ? read.query((database) => findFlow(database, reference).flowId)
    : reference;
}

function changed(document: HostRecord): { document: HostRecord; etag?: number } {
  const { revision } = document;
  return { document, ...(typeof revision === "number" ? { etag: revision } : {}) };
}

function verbOf(call: Call, action: Exclude<FlowAction, "retry_delivery" | "dismiss">, flowId: string): VerbCall {
  const { body } = call;
  const verb = `flows ${action}`;
  const of = (...names: string[]): VerbCall => ({ verb, options: given(call, names), values: [flowId] });
  switch (action) {
    case "cancel":
      return of("reason");
    case "resume":
      return of("step");
    case "wait":
      return {
        ...of(),
        options: { ...given(call, ["task", "event", "until", "note", "step"]), manual: body["manual"] === true },
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
      const name = textOf(body, "name");
      if (value === undefined || name === undefined)
        throw new ClawTaskError("argument_missing", {
          message: `${name === undefined ? "name" : "value"} is required for output`,
        });
      const options = { "value-json": JSON.stringify(value), append: body["append"] === true };
      return { verb, options, values: [flowId, name] };
    }
    case "run-task": {
      const task = textOf(body, "task");
      const options = {
        ...given(call, ["runtime", "label", "text", "step"]),
        "run-id": textOf(body, "runId"),
        "child-session-key": textOf(body, "childSessionKey"),
        started: body["started"] === true,
      };
      return { verb, options, values: task === undefined ? [flowId] : [flowId, task] };
    }
  }
}
