import { runTaskInFlow } from "../../registry-helper/operations/flows/add-task-to-flow.ts";
import { cancelFlow, finishFlowCancel } from "../../registry-helper/operations/flows/cancel-flow.ts";
import { commitTask } from "../../registry-helper/operations/tasks/commit-task.ts";
import { commitFlow, createFlow } from "../../registry-helper/registry/flow-store.ts";
import type { Registry } from "../../registry-helper/registry/registry.ts";
import type { FlowStep } from "./played-flow.ts";

/** The task that flows of these tests have or take in. */
export const TASK = "t-20261120-000000000001";

/** A change of flows, and what is there before. */
interface FlowOperation {
  /** Makes the flow; returns its id. */
  before: (registry: Registry) => string | undefined;
  run: (registry: Registry, flowId: string | undefined) => void;
  /** Once it is done nothing is written any more, so that projections that are behind are left to `repair`. */
  isLast?: true;
}

const make = (registry: Registry): string =>
  createFlow(registry, { facts: { title: "A flow", ownerSessionKey: "agent:main:main" }, step: "read", key: "make" })
    .flow.flowId;

export function startTask(registry: Registry, taskId = TASK): void {
  const facts = { runtime: "subagent", childSessionKey: "child" } as const;
  const command = { type: "signal", taskId, source: "t", names: ["session:child"], facts } as const;
  commitTask(registry, { command: { ...command, started: true } });
}

export function endTask(registry: Registry, taskId = TASK): void {
  const command = { type: "signal", taskId, source: "t", names: [], facts: {} } as const;
  commitTask(registry, { command: { ...command, ending: { status: "succeeded" } } });
}

const withTask = (registry: Registry): string => {
  startTask(registry);
  const flowId = make(registry);
  runTaskInFlow(registry, { flowId, task: TASK });
  return flowId;
};

const after =
  (...steps: FlowStep[]) =>
  (registry: Registry): string => {
    const flowId = make(registry);
    for (const step of steps) change(step)(registry, flowId);
    return flowId;
  };

const change =
  (step: FlowStep, key?: string) =>
  (registry: Registry, flowId: string | undefined): void => {
    const command = { ...step, flowId } as Parameters<typeof commitFlow>[1]["command"];
    commitFlow(registry, { command, key });
  };

const keyed = (step: FlowStep): FlowOperation => ({ before: make, run: change(step, "k") });
const finish: FlowStep = { type: "finish", result: "done" };

export const FLOW_OPERATIONS: Readonly<Record<string, FlowOperation>> = {
  create: { before: () => undefined, run: (registry) => void make(registry) },
  wait: keyed({ type: "wait", wait: { kind: "manual" } }),
  block: keyed({ type: "block", reason: "no key" }),
  resume: keyed({ type: "resume", step: "write" }),
  set_output: keyed({ type: "set_output", name: "a", value: 1 }),
  append_output: keyed({ type: "append_output", name: "list", value: 1 }),
  update: keyed({ type: "update", update: "half" }),
  finish: keyed(finish),
  fail: keyed({ type: "fail", error: "broke" }),
  "retry the delivery": {
    before: after(finish, { type: "dismiss", reason: "x" }),
    run: change({ type: "retry_delivery" }, "k"),
  },
  "dismiss the end": { before: after(finish), run: change({ type: "dismiss", reason: "seen" }, "k") },
  "take a task in": {
    before: (registry) => {
      startTask(registry);
      return make(registry);
    },
    run: (registry, flowId = "") => void runTaskInFlow(registry, { flowId, task: TASK, key: "k" }),
  },
  "take a task in that nobody knows": {
    before: make,
    run: (registry, flowId = "") => void runTaskInFlow(registry, { flowId, childSessionKey: "new", key: "k" }),
  },
  "cancel with a task": {
    before: withTask,
    run: (registry, flowId = "") => void cancelFlow(registry, { flowId, by: "me", key: "k" }),
  },
  "cancel without tasks": {
    before: make,
    run: (registry, flowId = "") => void cancelFlow(registry, { flowId, by: "me", key: "k" }),
  },
  "settle a cancel": {
    before: (registry) => {
      const flowId = withTask(registry);
      cancelFlow(registry, { flowId, by: "me" });
      endTask(registry);
      return flowId;
    },
    run: (registry, flowId = "") => void finishFlowCancel(registry, flowId),
    isLast: true,
  },
};
