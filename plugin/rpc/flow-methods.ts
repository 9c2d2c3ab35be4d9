import type { ParamTable, CommandMethod } from "./method-params.ts";

const text = { kind: "text" } as const;
const flag = { kind: "flag" } as const;
const number = { kind: "number" } as const;
const required = { kind: "text", required: true } as const;
const ref = { kind: "text", asValue: true, required: true } as const;
/** What every change of a flow may say. */
const change = { expectedRevision: { kind: "number", option: "expected-revision" }, key: text } as const;

const writeMethod = (command: string, params: ParamTable): CommandMethod => ({
  command: `flows ${command}`,
  scope: "operator.write",
  params,
});

/** Methods about flows: the verbs of the command line, with the same names and answers. */
export const FLOW_METHODS: readonly CommandMethod[] = [
  { command: "flows list", scope: "operator.read", params: { status: text, owner: text, limit: number } },
  { command: "flows show", scope: "operator.read", params: { ref } },
  writeMethod("create", {
    title: required,
    goal: text,
    owner: text,
    deliveryContext: { kind: "json", option: "delivery-context-json" },
    notify: text,
    step: text,
    key: text,
  }),
  writeMethod("run-task", {
    ref,
    task: { kind: "text", asValue: true },
    runId: { kind: "text", option: "run-id" },
    childSessionKey: { kind: "text", option: "child-session-key" },
    runtime: text,
    label: text,
    text,
    started: flag,
    step: text,
    ...change,
  }),
  writeMethod("wait", { ref, task: text, event: text, until: text, manual: flag, note: text, step: text, ...change }),
  writeMethod("resume", { ref, step: text, ...change }),
  writeMethod("output", {
    ref,
    name: { kind: "text", asValue: true, required: true },
    value: { kind: "json", option: "value-json", required: true },
    append: flag,
    ...change,
  }),
  writeMethod("update", { ref, update: text, step: text, ...change }),
  writeMethod("block", { ref, reason: required, step: text, ...change }),
  writeMethod("finish", { ref, result: text, ...change }),
  writeMethod("fail", { ref, error: required, ...change }),
  writeMethod("cancel", { ref, reason: text, ...change }),
];
