import type { GatewayMethod, MethodAnswer } from "../host/register/register-methods.ts";
import type { HostRecord } from "../host/untyped-fields.ts";
import { cancelTask } from "../commands/cancel-task.ts";
import { type CommandLine, runVerb } from "../commands/run-command.ts";
import { FLOW_METHODS } from "./flow-methods.ts";
import { type ParamTable, readParams, type VerbMethod } from "./method-params.ts";

/** A client that asks for a task to be stopped waits this long, and at most this long, in milliseconds. */
const CANCEL_WAIT_MS = 8_000;
const MOST_CANCEL_WAIT_MS = 25_000;

const text = { kind: "text" } as const;
const flag = { kind: "flag" } as const;
const number = { kind: "number" } as const;
const ref = { kind: "text", asValue: true, required: true } as const;
const settled = {
  refs: { kind: "texts", asValue: true },
  all: flag,
  runtime: text,
  since: text,
  key: text,
} as const;

/** Methods that are a verb of the command line and nothing else: same names, same options, same answers. */
const VERBS: readonly VerbMethod[] = [
  {
    verb: "tasks list",
    scope: "operator.read",
    params: {
      runtime: text,
      status: text,
      phase: text,
      owner: text,
      flow: text,
      run: text,
      since: text,
      search: text,
      all: flag,
      before: text,
      limit: number,
    },
  },
  { verb: "tasks show", scope: "operator.read", params: { ref, context: flag } },
  {
    verb: "tasks report",
    scope: "operator.write",
    params: {
      ref,
      phase: text,
      block: text,
      update: text,
      next: text,
      artifacts: { kind: "texts", option: "artifact" },
      key: text,
    },
  },
  {
    verb: "tasks notify",
    scope: "operator.write",
    params: { ref, policy: { kind: "text", asValue: true, required: true }, key: text },
  },
  { verb: "tasks retry", scope: "operator.write", params: settled },
  { verb: "tasks dismiss", scope: "operator.write", params: { ...settled, reason: text } },
  { verb: "tasks audit", scope: "operator.read", params: { code: text, limit: number } },
  { verb: "attention", scope: "operator.read", params: { limit: number } },
  ...FLOW_METHODS,
];

const run = { kind: "text", asValue: true, required: true } as const;
const node = { kind: "text", asValue: true, required: true } as const;
const said = { message: text, by: text, key: text } as const;

/** Methods about runs; `clawtask.runs.<verb>`. */
const RUN_VERBS: readonly { verb: string; scope: GatewayMethod["scope"]; params: ParamTable }[] = [
  { verb: "list", scope: "operator.read", params: { status: text, workflow: text, limit: number } },
  { verb: "show", scope: "operator.read", params: { run } },
  { verb: "next", scope: "operator.read", params: { run } },
  { verb: "events", scope: "operator.read", params: { run, after: number, limit: number } },
  ...["pause", "resume", "cancel"].map((verb) => ({
    verb,
    scope: "operator.write" as const,
    params: { run, ...said },
  })),
  ...["retry", "skip"].map((verb) => ({ verb, scope: "operator.write" as const, params: { run, node, ...said } })),
  ...["approve", "reject"].map((verb) => ({
    verb,
    scope: "operator.write" as const,
    params: { run, node, ...said, choice: text, dataJson: { kind: "text", option: "data-json" } as const },
  })),
  {
    verb: "note",
    scope: "operator.write",
    params: {
      run,
      message: { kind: "text", asValue: true, required: true },
      nodeId: { kind: "text", option: "node-id" },
      by: text,
    },
  },
  {
    verb: "send-message",
    scope: "operator.write",
    params: { run, message: { kind: "text", asValue: true, required: true }, by: text, key: text },
  },
  { verb: "tick", scope: "operator.write", params: { run } },
];

const CANCEL: ParamTable = { ref, reason: text, waitMs: number, key: text };

/** What the methods answer from. */
export interface MethodSources {
  readonly run: CommandLine;
  /** How the plugin stands. */
  readonly status: () => Promise<object>;
}

/** Everything under `clawtask.*`. */
export function gatewayMethods({ run: commandLine, status }: MethodSources): GatewayMethod[] {
  return [
    ...[
      ...VERBS.map((one) => ({ ...one, name: `clawtask.${one.verb.replace(" ", ".")}` })),
      ...RUN_VERBS.map((one) => ({ ...one, name: `clawtask.runs.${one.verb}` })),
    ].map(({ name, verb, scope, params }) => ({
      name,
      scope,
      answer: async (given: HostRecord): Promise<MethodAnswer> => {
        const call = readParams(params, given);
        return "error" in call ? call : await runVerb(commandLine, { verb, ...call });
      },
    })),
    { name: "clawtask.tasks.cancel", scope: "operator.write", answer: (given) => answerCancel(commandLine, given) },
    {
      name: "clawtask.status",
      scope: "operator.read",
      answer: async (given) => {
        const call = readParams({}, given);
        return "error" in call ? call : { document: await status() };
      },
    },
  ];
}

async function answerCancel(run: CommandLine, given: HostRecord): Promise<MethodAnswer> {
  const call = readParams(CANCEL, given);
  if ("error" in call) return call;
  const { reason, key } = call.options as { reason?: string; key?: string };
  const waitMs = Math.min(MOST_CANCEL_WAIT_MS, Math.max(0, Number(call.options?.["waitMs"] ?? CANCEL_WAIT_MS)));
  return await cancelTask(run, { reference: call.values?.[0] ?? "", reason, key, waitMs });
}
