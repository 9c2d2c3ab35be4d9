import { cancelTask } from "../commands/cancel-task.ts";
import { type CliRunner, runCommand } from "../commands/run-command.ts";
import type { GatewayMethod, MethodAnswer } from "../host/register/register-methods.ts";
import type { HostRecord } from "../host/untyped-fields.ts";
import { FLOW_METHODS } from "./flow-methods.ts";
import { type ParamTable, readParams, type CommandMethod } from "./method-params.ts";

/** A client that asks for a task to be stopped waits this long, and at most this long, in milliseconds. */
const CANCEL_WAIT_MS = 8_000;
const MAX_CANCEL_WAIT_MS = 25_000;

const text = { kind: "text" } as const;
const flag = { kind: "flag" } as const;
const number = { kind: "number" } as const;
const ref = { kind: "text", asValue: true, required: true } as const;
const deliveryParams = {
  refs: { kind: "texts", asValue: true },
  all: flag,
  runtime: text,
  since: text,
  key: text,
} as const;

/** Methods that are a verb of the command line and nothing else: same names, same options, same answers. */
const COMMAND_METHODS: readonly CommandMethod[] = [
  {
    command: "tasks list",
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
  { command: "tasks show", scope: "operator.read", params: { ref, context: flag } },
  {
    command: "tasks report",
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
    command: "tasks notify",
    scope: "operator.write",
    params: { ref, policy: { kind: "text", asValue: true, required: true }, key: text },
  },
  { command: "tasks retry", scope: "operator.write", params: deliveryParams },
  { command: "tasks dismiss", scope: "operator.write", params: { ...deliveryParams, reason: text } },
  { command: "tasks audit", scope: "operator.read", params: { code: text, limit: number } },
  { command: "attention", scope: "operator.read", params: { limit: number } },
  ...FLOW_METHODS,
];

const run = { kind: "text", asValue: true, required: true } as const;
const node = { kind: "text", asValue: true, required: true } as const;
const messageParams = { message: text, by: text, key: text } as const;

/** Methods about runs; `clawtask.runs.<verb>`. */
const RUN_METHODS: readonly { command: string; scope: GatewayMethod["scope"]; params: ParamTable }[] = [
  { command: "list", scope: "operator.read", params: { status: text, workflow: text, limit: number } },
  { command: "show", scope: "operator.read", params: { run } },
  { command: "next", scope: "operator.read", params: { run } },
  { command: "events", scope: "operator.read", params: { run, after: number, limit: number } },
  ...["pause", "resume", "cancel"].map((command) => ({
    command,
    scope: "operator.write" as const,
    params: { run, ...messageParams },
  })),
  ...["retry", "skip"].map((command) => ({
    command,
    scope: "operator.write" as const,
    params: { run, node, ...messageParams },
  })),
  ...["approve", "reject"].map((command) => ({
    command,
    scope: "operator.write" as const,
    params: { run, node, ...messageParams, choice: text, dataJson: { kind: "text", option: "data-json" } as const },
  })),
  {
    command: "note",
    scope: "operator.write",
    params: {
      run,
      message: { kind: "text", asValue: true, required: true },
      nodeId: { kind: "text", option: "node-id" },
      by: text,
    },
  },
  {
    command: "send-message",
    scope: "operator.write",
    params: { run, message: { kind: "text", asValue: true, required: true }, by: text, key: text },
  },
  { command: "tick", scope: "operator.write", params: { run } },
];

const CANCEL: ParamTable = { ref, reason: text, waitMs: number, key: text };

/** What the methods answer from. */
export interface MethodSources {
  readonly run: CliRunner;
  /** How the plugin stands. */
  readonly status: () => Promise<object>;
}

/** Everything under `clawtask.*`. */
export function gatewayMethods({ run: commandLine, status }: MethodSources): GatewayMethod[] {
  return [
    ...[
      ...COMMAND_METHODS.map((one) => ({ ...one, name: `clawtask.${one.command.replace(" ", ".")}` })),
      ...RUN_METHODS.map((one) => ({ ...one, name: `clawtask.runs.${one.command}` })),
    ].map(({ name, command, scope, params }) => ({
      name,
      scope,
      answer: async (given: HostRecord): Promise<MethodAnswer> => {
        const call = readParams(params, given);
        return "error" in call ? call : await runCommand(commandLine, { command, ...call });
      },
    })),
    { name: "clawtask.tasks.cancel", scope: "operator.write", answer: (given) => handleCancel(commandLine, given) },
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

async function handleCancel(run: CliRunner, given: HostRecord): Promise<MethodAnswer> {
  const call = readParams(CANCEL, given);
  if ("error" in call) return call;
  const { reason, key } = call.options as { reason?: string; key?: string };
  const waitMs = Math.min(MAX_CANCEL_WAIT_MS, Math.max(0, Number(call.options?.["waitMs"] ?? CANCEL_WAIT_MS)));
  return await cancelTask(run, { reference: call.values?.[0] ?? "", reason, key, waitMs });
}
