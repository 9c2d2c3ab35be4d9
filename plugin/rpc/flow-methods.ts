import type { OperationName } from "../../registry-helper/internal.ts";
import {
  flagParam,
  method,
  numberParam,
  type OperationMethod,
  type ParamTable,
  requiredParam,
  textParam,
} from "./method-params.ts";

const ref = { ...requiredParam, as: "flow" } as const;
/** What every change of a flow may say. */
const change = { expectedRevision: numberParam, key: textParam } as const;

const changeMethod = (operation: OperationName & `flows.${string}`, params: ParamTable): OperationMethod =>
  method(operation, "write", { ref, ...params, ...change });

/** Methods about flows: the operations, with the names and answers of the command line. */
export const FLOW_METHODS: readonly OperationMethod[] = [
  method("flows.list", "read", { status: textParam, owner: textParam, limit: numberParam }),
  method("flows.show", "read", { ref, related: flagParam }),
  method("flows.create", "write", {
    title: requiredParam,
    goal: textParam,
    owner: textParam,
    deliveryContext: { kind: "json" },
    notify: textParam,
    step: textParam,
    key: textParam,
  }),
  changeMethod("flows.run-task", {
    task: textParam,
    runId: textParam,
    childSessionKey: textParam,
    runtime: textParam,
    label: textParam,
    text: textParam,
    started: flagParam,
    step: textParam,
  }),
  changeMethod("flows.wait", {
    task: textParam,
    event: textParam,
    until: textParam,
    manual: flagParam,
    note: textParam,
    step: textParam,
  }),
  changeMethod("flows.resume", { step: textParam }),
  changeMethod("flows.output", { name: requiredParam, value: { kind: "json", required: true }, append: flagParam }),
  changeMethod("flows.update", { update: textParam, step: textParam }),
  changeMethod("flows.block", { reason: requiredParam, step: textParam }),
  changeMethod("flows.finish", { result: textParam }),
  changeMethod("flows.fail", { error: requiredParam }),
  changeMethod("flows.cancel", { reason: textParam }),
];
