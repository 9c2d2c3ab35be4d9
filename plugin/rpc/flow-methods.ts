import type { ParamTable, VerbMethod } from "./method-params.ts";

const text = { kind: "text" } as const;
const flag = { kind: "flag" } as const;
const number = { kind: "number" } as const;
const required = { kind: "text", required: true } as const;
const ref = { kind: "text", asValue: true, required: true } as const;
/** What every change of a flow may say. */
const change = { expectedRevision: { kind: "number", option: "expected-revision" }, key: text } as const;

const writing = (verb: string, params: ParamTable): VerbMethod => ({
  verb: `flows ${verb}`,
  scope: "operator.write",
  params,
});

/** Methods about flows: the verbs of the command line, with the same names and answers. */
export const FLOW_METHODS: readonly VerbMethod[] = [
  { verb: "flows list", scope: "operator.read", params: { status: text, owner: text, limit: number } },
  { verb: "flows show", scope: "operator.read", params: { ref } },
  writing("create", {
    title: required,
    goal: text,
    owner: text,
    deliveryContext: { kind: "json", option: "delivery-context-json" },
    notify: text,
    step: text,
    key: text,
  }),
  writing("run-task", {
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
  writing("wait", { ref, task: text, event: text, until: text, manual: flag, note: text, step: text, ...change }),
  writing("resume", { ref, step: text, ...change }),
  writing("output", {
    ref,
    name: { kind: "text", asValue: true, required: true },
    value: { kind: "json", option: "value-json", required: true },
    append: flag,
    ...change,
  }),
  writing("update", { ref, update: text, step: text, ...change }),
  writing("block", { ref, reason: required, step: text, ...change }),
  writing("finish", { ref, result: text, ...change }),
  writing("fail", { ref, error: required, ...change }),
  writing("cancel", { ref, reason: text, ...change }),
];
