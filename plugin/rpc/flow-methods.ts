import type { OperationName } from "../../registry-helper/internal.ts";
import { flag, method, number, type OperationMethod, type ParamTable, required, text } from "./method-params.ts";

const ref = { ...required, as: "flow" } as const;
/** What every change of a flow may say. */
const change = { expectedRevision: number, key: text } as const;

const changeMethod = (operation: OperationName & `flows.${string}`, params: ParamTable): OperationMethod =>
  method(operation, "write", { ref, ...params, ...change });

/** Methods about flows: the operations, with the names and answers of the command line. */
export const FLOW_METHODS: readonly OperationMethod[] = [
  method("flows.list", "read", { status: text, owner: text, limit: number }),
  method("flows.show", "read", { ref }),
  method("flows.create", "write", {
    title: required,
    goal: text,
    owner: text,
    deliveryContext: { kind: "json" },
    notify: text,
    step: text,
    key: text,
  }),
  changeMethod("flows.run-task", {
    task: text,
    runId: text,
    childSessionKey: text,
    runtime: text,
    label: text,
    text,
    started: flag,
    step: text,
  }),
  changeMethod("flows.wait", { task: text, event: text, until: text, manual: flag, note: text, step: text }),
  changeMethod("flows.resume", { step: text }),
  changeMethod("flows.output", { name: required, value: { kind: "json", required: true }, append: flag }),
  changeMethod("flows.update", { update: text, step: text }),
  changeMethod("flows.block", { reason: required, step: text }),
  changeMethod("flows.finish", { result: text }),
  changeMethod("flows.fail", { error: required }),
  changeMethod("flows.cancel", { reason: text }),
];
