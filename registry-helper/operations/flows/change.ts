/** The changes of a flow that are one command on its journal each. */
import type { FlowCommand } from "../../domain/flow/commands.ts";
import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { parseDeliveryRoute } from "../../domain/run/state/delivery-route.ts";
import { parseDuration } from "../../model/duration.ts";
import { usageError } from "../../model/errors.ts";
import type { FlowWaitTarget, FlowRecord } from "../../model/flow-record.ts";
import { type Json, omitUndefined } from "../../model/json.ts";
import { NOTIFY_POLICIES, type NotifyPolicy } from "../../model/task-status.ts";
import { formatMicros, type Micros, parseMicros } from "../../model/time.ts";
import { commitFlow, type FlowChange, createFlow } from "../../registry/flow-store.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import { requireTextLengths, requireChoice } from "../input-checks.ts";
import type { IndexedContext, Outcome, ChangeInput, OperationContext } from "../operation.ts";
import { resolveTask } from "../tasks/task-reference.ts";

export interface FlowStepInput extends FlowChangeInput {
  /** The step that the flow is at from now on. */
  step?: string | undefined;
}

/** Exactly one of `task`, `event`, `until` and `manual` is what the flow waits for. */
export interface FlowWaitInput extends FlowStepInput {
  /** A task, as people name it. */
  task?: string | undefined;
  /** The name of an event. */
  event?: string | undefined;
  /** `30m`, `12h`, `7d` from now, or an ISO time. */
  until?: string | undefined;
  manual?: boolean | undefined;
  /** The same in words, for a person. */
  note?: string | undefined;
}

/**
 * Says what a flow waits for. A wait starts nothing by itself.
 *
 * @throws ClawTaskError `usage` | `too_large` | `flow_not_found` | `task_not_found` | `revision_conflict` | ...
 * @example
 * wait(context, { flow: "0rk3m9zq7x4w", until: "2h", note: "the report is due" });
 */
export function wait(context: IndexedContext, input: FlowWaitInput): Outcome<FlowChangeDocument> {
  const { note, step } = input;
  requireTextLengths({ note, step });
  return change(context, input, (flowId) => ({ type: "wait", flowId, wait: toWaitTarget(context, input), step }));
}

/** Says that a flow cannot continue, and why. */
export function block(context: IndexedContext, input: FlowStepInput & { reason: string }): Outcome<FlowChangeDocument> {
  const { reason, step } = input;
  requireTextLengths({ reason, step });
  return change(context, input, (flowId) => ({ type: "block", flowId, reason, step }));
}

/** Continues a flow that waits, is blocked or has not started. */
export function resume(context: IndexedContext, input: FlowStepInput): Outcome<FlowChangeDocument> {
  const { step } = input;
  requireTextLengths({ step });
  return change(context, input, (flowId) => ({ type: "resume", flowId, step }));
}

/** Says how a flow stands; only the latest word is kept. */
export function update(
  context: IndexedContext,
  input: FlowStepInput & { update?: string | undefined },
): Outcome<FlowChangeDocument> {
  const { update: text, step } = input;
  requireTextLengths({ update: text, step });
  return change(context, input, (flowId) => ({ type: "update", flowId, update: text, step }));
}

export interface FlowOutputInput extends FlowChangeInput {
  name: string;
  value: Json;
  /** Adds to the list that the output is. */
  append?: boolean | undefined;
}

/**
 * Keeps an output of a flow: an id, a summary, a cursor, a path.
 *
 * @throws ClawTaskError `flow_not_found` | `flow_over` | `output_not_a_list` | `too_large` | `revision_conflict` | ...
 */
export function output(context: IndexedContext, input: FlowOutputInput): Outcome<FlowChangeDocument> {
  const { name, value, append } = input;
  return change(context, input, (flowId) => ({
    type: append === true ? "append_output" : "set_output",
    flowId,
    name,
    value,
  }));
}

/** Ends a flow well. An owner that ends it in its own session is expected to tell the person itself. */
export function finish(
  context: IndexedContext,
  input: FlowChangeInput & { result?: string | undefined },
): Outcome<FlowChangeDocument> {
  const { result } = input;
  requireTextLengths({ result });
  return change(context, input, (flowId) => ({ type: "finish", flowId, result, by: context.actor || undefined }));
}

/** Ends a flow as failed. */
export function fail(context: IndexedContext, input: FlowChangeInput & { error: string }): Outcome<FlowChangeDocument> {
  const { error } = input;
  requireTextLengths({ error });
  return change(context, input, (flowId) => ({ type: "fail", flowId, error, by: context.actor || undefined }));
}

type ExistingFlowCommand = Exclude<FlowCommand, { type: "create" }>;
/** The same where a field that may be absent may be `undefined` instead. */
type Loose<Command> = Command extends unknown
  ? {
      [Name in keyof Command]: Record<string, never> extends Pick<Command, Name>
        ? Command[Name] | undefined
        : Command[Name];
    }
  : never;

/** The digest of a key is made of the fields in the order in which `toCommand` has them. */
function change(
  context: IndexedContext,
  { flow, key, expectedRevision }: FlowChangeInput,
  toCommand: (flowId: string) => Loose<ExistingFlowCommand>,
): Outcome<FlowChangeDocument> {
  const command = omitUndefined({ ...toCommand(resolveFlowId(context, flow)), expectedRevision });
  return toChangeOutcome(commitFlow(context.registry, { command, key }));
}

function toWaitTarget(context: IndexedContext, input: FlowWaitInput): FlowWaitTarget {
  const { task, event, until, manual } = input;
  const note = omitUndefined({ note: input.note });
  const targets: (FlowWaitTarget | undefined)[] = [
    task === undefined ? undefined : { kind: "task", taskId: resolveTask(context, task).taskId, ...note },
    event === undefined ? undefined : { kind: "event", name: event, ...note },
    until === undefined ? undefined : { kind: "until", at: parseUntil(until, context.registry.now()), ...note },
    manual === true ? { kind: "manual", ...note } : undefined,
  ];
  const [target, ...more] = targets.filter((one) => one !== undefined);
  if (target !== undefined && more.length === 0) return target;
  throw usageError("exactly one of --task, --event, --until and --manual is required", "flows wait");
}

function parseUntil(text: string, now: Micros): string {
  const length = parseDuration(text);
  const at = length === undefined ? (parseMicros(text) ?? parseMicros(`${text}Z`)) : now + length;
  if (at !== undefined) return formatMicros(at);
  throw usageError(`argument --until: 30m, 12h, 7d or an ISO time is expected, not '${text}'`, "flows wait");
}

/** What every change of a flow takes. */
export interface FlowChangeInput extends ChangeInput {
  /** A flow id or its last part, `run:<run id>`, or the session that owns it. */
  flow: string;
}

/** A flow after a change. */
export interface FlowChangeDocument {
  ok: true;
  flowId: string;
  revision: number;
  /** False when there was nothing to do, and when the key had been used before. */
  changed: boolean;
  replayed: boolean;
  flow: FlowRecord;
}

export function toChangeOutcome({ flow, changed, replayed, notices }: FlowChange): Outcome<FlowChangeDocument> {
  const { flowId, revision } = flow;
  return { document: { ok: true, flowId, revision, changed, replayed, flow }, notices };
}

/**
 * The id of the flow that a person means. A whole id needs no index.
 *
 * @throws ClawTaskError `flow_not_found` | `ambiguous_id`
 */
export function resolveFlowId({ queryIndex }: Pick<IndexedContext, "queryIndex">, reference: string): string {
  if (isFlowId(reference) || parseRunFlowId(reference) !== undefined) return reference;
  return queryIndex((database) => findFlow(database, reference).flowId);
}

export interface FlowCreateInput {
  title: string;
  /** What is to come of it, in full. */
  goal?: string | undefined;
  /** The session that owns it; the caller when it is not given. */
  owner?: string | undefined;
  /** Where its end is told, as the host's delivery context says it. */
  deliveryContext?: Json | undefined;
  notify?: NotifyPolicy | undefined;
  /** The step that it is at: it is running then, else queued. */
  step?: string | undefined;
  /** The same creation with the same key again answers with the flow of the first time. */
  key?: string | undefined;
}

/**
 * Creates a flow: a job of several steps with one owner.
 *
 * @throws ClawTaskError `usage` | `too_large` | `argument_missing` | `idempotency_conflict` | ...
 * @example
 * create(context, { title: "Invoices of May", step: "collect", key: "invoices-may" });
 */
export function create({ registry, actor }: OperationContext, input: FlowCreateInput): Outcome<FlowChangeDocument> {
  const { title, goal, notify, step, key, deliveryContext = null } = input;
  requireChoice(notify, NOTIFY_POLICIES, "--notify", "flows create");
  requireTextLengths({ title, goal, step });
  const owner = input.owner ?? (actor || undefined);
  const route = parseDeliveryRoute(deliveryContext, owner ?? null) ?? undefined;
  const facts = omitUndefined({ title, goal, ownerSessionKey: owner, route, notify });
  return toChangeOutcome(createFlow(registry, { facts, step, key }));
}
