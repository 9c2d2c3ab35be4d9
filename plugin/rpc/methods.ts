import { ClawTaskError, toErrorDocument } from "../../registry-helper/internal.ts";
import type { GatewayMethod, MethodAnswer } from "../host/register/register-methods.ts";
import { type HostRecord, textIn } from "../host/untyped-fields.ts";
import { cancelTask } from "../operations/cancel-task.ts";
import type { OperationCaller } from "../operations/operation-caller.ts";
import { FLOW_METHODS } from "./flow-methods.ts";
import {
  flagParam,
  method,
  numberParam,
  type OperationMethod,
  readParams,
  requiredParam,
  textParam,
} from "./method-params.ts";
import { RUN_METHODS } from "./run-methods.ts";

/** A client that asks for a task to be stopped waits this long, and at most this long, in milliseconds. */
const CANCEL_WAIT_MS = 8_000;
const MAX_CANCEL_WAIT_MS = 25_000;

const ref = { ...requiredParam, as: "task" } as const;
const texts = { kind: "texts" } as const;
const deliveryParams = { refs: texts, all: flagParam, runtime: textParam, since: textParam, key: textParam } as const;

/** Methods about tasks: the operations, with the names and answers of the command line. */
const TASK_METHODS: readonly OperationMethod[] = [
  method("tasks.list", "read", {
    runtime: textParam,
    status: textParam,
    phase: textParam,
    delivery: textParam,
    block: textParam,
    needs: flagParam,
    agent: textParam,
    label: textParam,
    owner: textParam,
    flow: textParam,
    run: textParam,
    since: textParam,
    search: textParam,
    all: flagParam,
    before: textParam,
    limit: numberParam,
  }),
  method("tasks.show", "read", { ref, context: flagParam, related: flagParam }),
  method("tasks.report", "write", {
    ref: { ...textParam, as: "task" },
    phase: textParam,
    block: textParam,
    update: textParam,
    next: textParam,
    artifacts: texts,
    key: textParam,
  }),
  method("tasks.notify", "write", { ref, policy: requiredParam, key: textParam }),
  method("tasks.retry", "write", deliveryParams),
  method("tasks.dismiss", "write", { ...deliveryParams, reason: textParam }),
  method("tasks.audit", "read", { code: textParam, severity: textParam, limit: numberParam }),
  method("registry.attention", "read", { session: textParam, limit: numberParam }, { name: "attention" }),
  method("registry.status", "read", { limit: numberParam }, { name: "work" }),
];

const CANCEL_PARAMS = { ref, reason: textParam, waitMs: numberParam, key: textParam } as const;

/** What the methods answer from. */
export interface MethodSources {
  readonly call: OperationCaller;
  /** How the plugin stands. */
  readonly status: () => Promise<object>;
}

/** Everything under `clawtask.*`. */
export function gatewayMethods({ call, status }: MethodSources): GatewayMethod[] {
  return [
    ...[...TASK_METHODS, ...FLOW_METHODS, ...RUN_METHODS].map((one) => toGatewayMethod(one, call)),
    { name: "clawtask.tasks.cancel", scope: "operator.write", answer: (params) => handleCancel(call, params) },
    {
      name: "clawtask.status",
      scope: "operator.read",
      answer: async (params) => {
        const read = readParams({}, params);
        return "error" in read ? read : { document: await status() };
      },
    },
  ];
}

function toGatewayMethod(
  { name, operation, scope, params, toInput }: OperationMethod,
  call: OperationCaller,
): GatewayMethod {
  return {
    name: `clawtask.${name}`,
    scope,
    answer: async (given) => {
      const read = readParams(params, given);
      if ("error" in read) return read;
      try {
        return await call(operation, toInput(read.input));
      } catch (error) {
        if (error instanceof ClawTaskError) return { error: toErrorDocument(error) };
        throw error;
      }
    },
  };
}

async function handleCancel(call: OperationCaller, params: HostRecord): Promise<MethodAnswer> {
  const read = readParams(CANCEL_PARAMS, params);
  if ("error" in read) return read;
  const { input } = read;
  const waitMs = Number(input["waitMs"] ?? CANCEL_WAIT_MS);
  return await cancelTask(call, {
    task: textIn(input, "task") ?? "",
    reason: textIn(input, "reason"),
    key: textIn(input, "key"),
    waitMs: Math.min(MAX_CANCEL_WAIT_MS, Math.max(0, waitMs)),
  });
}
