/**
 * Flows for TypeScript: jobs of several steps that outlive the process that drives them. `import { openFlows } from
 * "clawtask/flows"`. Everything is on disk when a call returns; a crash leaves the state before or after it.
 *
 * @example
 * const flows = openFlows({ root: "/home/me/registry" });
 * let flow = flows.createFlow({ title: "Invoices of May", step: "collect", key: "invoices-2026-05" });
 * flow = flows.setFlowOutput({ flowId: flow.flowId, name: "found", value: 12, expectedRevision: flow.revision });
 * flows.finishFlow({ flowId: flow.flowId, result: "12 invoices are filed" });
 */
import { FlowSchemas } from "./api/flow-schemas.ts";
import { withValidation } from "./api/validate.ts";
import type { FlowCommand } from "./domain/flow/commands.ts";
import type { FlowFacts } from "./model/flow-events.ts";
import type { FlowRecord, FlowStatus, FlowWaitTarget } from "./model/flow-record.ts";
import { type Json, omitUndefined } from "./model/json.ts";
import type { TaskRecord } from "./model/task-record.ts";
import { type FlowTaskRequest, runTaskInFlow } from "./operations/flows/add-task-to-flow.ts";
import { cancelFlow, type FlowCancelRequest } from "./operations/flows/cancel-flow.ts";
import { list } from "./operations/flows/list.ts";
import { commitFlow, createFlow } from "./registry/flow-store.ts";
import { openRegistry, type Registry } from "./registry/registry.ts";
import { withIndex } from "./views/index/with-index.ts";
import { type InspectedFlow, inspectFlow } from "./views/queries/flow-details.ts";

export type { InspectedFlow } from "./views/queries/flow-details.ts";
export type { FlowTaskRequest } from "./operations/flows/add-task-to-flow.ts";
export type { FlowProgress, PendingWait } from "./domain/flow/attention.ts";
export type { FlowView, LinkedTask } from "./domain/flow/view.ts";
export type { DeliveryRoute } from "./model/delivery-record.ts";
export { ClawTaskError, type ErrorCode, isClawTaskError } from "./model/errors.ts";
export type { FlowFacts } from "./model/flow-events.ts";
export {
  type FlowCancel,
  type FlowRecord,
  type FlowStatus,
  type FlowWait,
  isFlowEnded,
  type FlowWaitTarget,
} from "./model/flow-record.ts";
export type { Json, JsonObject } from "./model/json.ts";
export type { TaskRecord, TaskRuntime } from "./model/task-record.ts";

/** What every change may say. */
export interface FlowChangeOptions {
  flowId: string;
  /** The `revision` that the change was decided on: when somebody changed the flow since, it is refused. */
  expectedRevision?: number | undefined;
  /** The same change with the same key is made once, also when it is repeated after a crash. */
  key?: string | undefined;
}

/** The flows of one registry. */
export interface Flows {
  /**
   * Begins a flow: `running` when it names a step, else `queued`. With a key, the same creation again answers with the
   * flow of the first time.
   *
   * @example
   * const flow = flows.createFlow({ title: "Digest", step: "read", ownerSessionKey: "agent:main:main", key: "digest-7" });
   */
  createFlow(request: FlowFacts & { step?: string | undefined; key?: string | undefined }): FlowRecord;

  /**
   * Takes detached work into the flow: a task of the ledger, or work that was started a moment ago, by the host's names
   * for it. Nothing is launched. Refused once the flow is over (`flow_over`) or its cancel is wanted
   * (`flow_cancelling`).
   *
   * @example
   * const { task } = flows.runTaskInFlow({ flowId, childSessionKey: "agent:main:subagent:4f9b", started: true });
   */
  runTaskInFlow(request: FlowTaskRequest): { flow: FlowRecord; task: TaskRecord };

  /**
   * Says what the flow waits for. A wait starts no timer and no listener: `getFlow` says when it is over, and
   * `resumeFlow` goes on.
   *
   * @example
   * flows.setFlowWaiting({ flowId, wait: { kind: "event", name: "reply", note: "which region?" }, step: "ask" });
   */
  setFlowWaiting(change: FlowChangeOptions & { wait: FlowWaitTarget; step?: string | undefined }): FlowRecord;

  /**
   * Says that the flow cannot go on, and why. It shows under `attention` until it is resumed.
   *
   * @example
   * flows.blockFlow({ flowId, reason: "the API key has expired" });
   */
  blockFlow(change: FlowChangeOptions & { reason: string; step?: string | undefined }): FlowRecord;

  /**
   * Keeps an output: an id, a summary, a cursor, the path of a file. All outputs of a flow take at most 64 KiB.
   *
   * @example
   * flows.setFlowOutput({ flowId, name: "report", value: "out/report.md" });
   */
  setFlowOutput(change: FlowChangeOptions & { name: string; value: Json }): FlowRecord;

  /**
   * Adds to the list that an output is; begins the list when there is none.
   *
   * @example
   * flows.appendFlowOutput({ flowId, name: "sources", value: { url: "https://example.com" } });
   */
  appendFlowOutput(change: FlowChangeOptions & { name: string; value: Json }): FlowRecord;

  /**
   * Says how the flow stands; only the latest word is kept, 300 characters of it.
   *
   * @example
   * flows.emitFlowUpdate({ flowId, update: "12 of 40 read", step: "read" });
   */
  emitFlowUpdate(change: FlowChangeOptions & { update?: string | undefined; step?: string | undefined }): FlowRecord;

  /**
   * Goes on with a flow that waits, is blocked or has not begun. On a running flow it only names the step.
   *
   * @example
   * flows.resumeFlow({ flowId, step: "publish", expectedRevision: flow.revision });
   */
  resumeFlow(change: FlowChangeOptions & { step?: string | undefined }): FlowRecord;

  /**
   * Ends the flow well. Its requester is told the result, by its policy. `by` is the session that ends it: the owner's
   * own agent is given a minute to tell the person itself.
   *
   * @example
   * flows.finishFlow({ flowId, result: "12 invoices are filed" });
   */
  finishFlow(change: FlowChangeOptions & { result?: string | undefined; by?: string | undefined }): FlowRecord;

  /**
   * Ends the flow as failed.
   *
   * @example
   * flows.failFlow({ flowId, error: "the mailbox could not be opened" });
   */
  failFlow(change: FlowChangeOptions & { error: string; by?: string | undefined }): FlowRecord;

  /**
   * Stops the flow for good: active tasks are asked to stop, none comes in any more, and it ends as `cancelled` once
   * none is active (now, or when the gateway or `tasks maintenance --apply` looks after it).
   *
   * @example
   * const { flow, activeTasks } = flows.requestCancel({ flowId, by: "me", reason: "not needed any more" });
   */
  requestCancel(request: FlowCancelRequest): { flow: FlowRecord | null; activeTasks: string[] };

  /**
   * One flow with its tasks and what it waits on, by its id or the last part of it, `run:<run id>`, or the session that
   * owns it. Writes nothing to the flow.
   *
   * @example
   * const { flow, view } = flows.getFlow(flowId);
   * if (view.isResumeDue) flows.resumeFlow({ flowId, expectedRevision: flow.revision });
   */
  getFlow(reference: string): InspectedFlow;

  /**
   * Flows and the flows of runs, the most recently changed first. One that cannot be read is left out; `clawtask flows
   * list` and `clawtask verify` name it.
   *
   * @example
   * const waiting = flows.listFlows({ status: "waiting", ownerSessionKey: "agent:main:main" });
   */
  listFlows(filter?: {
    status?: FlowStatus | undefined;
    /** The owner's session, or its beginning. */
    ownerSessionKey?: string | undefined;
    limit?: number | undefined;
  }): FlowRecord[];
}

/**
 * Opens the flows of a registry, by its folder or as a registry that is open already.
 *
 * @example
 * const flows = openFlows({ root: process.env["CLAWTASK_REGISTRY_ROOT"] ?? "." });
 */
export function openFlows(where: { root: string } | { registry: Registry }): Flows {
  const registry = "registry" in where ? where.registry : openRegistry({ root: where.root });

  const change = (
    { flowId, expectedRevision, key }: FlowChangeOptions,
    what: DistributiveOmit<Exclude<FlowCommand, { type: "create" }>, "flowId" | "expectedRevision">,
  ): FlowRecord => {
    const command = omitUndefined({ ...what, flowId, expectedRevision }) as Exclude<FlowCommand, { type: "create" }>;
    return commitFlow(registry, { command, key }).flow;
  };

  const methods: Flows = {
    createFlow: ({ step, key, ...facts }) =>
      createFlow(registry, { facts: omitUndefined<FlowFacts>(facts), step, key }).flow,
    runTaskInFlow: (request) => {
      const { flow, task } = runTaskInFlow(registry, request);
      return { flow, task };
    },
    setFlowWaiting: ({ wait, step, ...on }) => change(on, omitUndefined({ type: "wait", wait, step })),
    blockFlow: ({ reason, step, ...on }) => change(on, omitUndefined({ type: "block", reason, step })),
    setFlowOutput: ({ name, value, ...on }) => change(on, { type: "set_output", name, value }),
    appendFlowOutput: ({ name, value, ...on }) => change(on, { type: "append_output", name, value }),
    emitFlowUpdate: ({ update, step, ...on }) => change(on, omitUndefined({ type: "update", update, step })),
    resumeFlow: ({ step, ...on }) => change(on, omitUndefined({ type: "resume", step })),
    finishFlow: ({ result, by, ...on }) => change(on, omitUndefined({ type: "finish", result, by })),
    failFlow: ({ error, by, ...on }) => change(on, omitUndefined({ type: "fail", error, by })),
    requestCancel: (request) => {
      const { flow, activeTasks } = cancelFlow(registry, request);
      return { flow, activeTasks };
    },
    getFlow: (reference) => withIndex(registry, (database) => inspectFlow(registry, database, reference)),
    listFlows: ({ status, ownerSessionKey: owner, limit } = {}) =>
      list({ registry, queryIndex: (query) => withIndex(registry, query) }, { status, owner, limit }).document.flows,
  };
  return withValidation(methods, FlowSchemas);
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;
