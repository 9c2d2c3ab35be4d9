import type { DatabaseSync } from "node:sqlite";
import { parseTarget } from "../../domain/delivery/redirect.ts";
import { type ErrorDocument, toErrorDocument } from "../../model/error-document.ts";
import { isClawTaskError, usageError } from "../../model/errors.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import { undeliveredResults } from "../../views/queries/undelivered-results.ts";
import { parsePastTime, requireChoice, requireTextLength } from "../input-checks.ts";
import { type ChangeInput, type IndexedContext, type Outcome, resolveActor } from "../operation.ts";
import { resolveDeliveries, type ResolveAction, type ResolveOutcome, type ResultOwner } from "./resolve-deliveries.ts";
import { resolveResultOwner } from "./task-reference.ts";

/** Results that are named, or all that are undelivered. */
export interface TaskRetryInput extends ChangeInput {
  /** Tasks, as people name them, whole ids of flows, and ids of runs. */
  refs?: readonly string[] | undefined;
  /** All that is undelivered, instead of `refs`. */
  all?: boolean | undefined;
  /** Narrows `all`. */
  runtime?: string | undefined;
  /** Narrows `all`: `7d`, a day or an ISO time. */
  since?: string | undefined;
}

export interface TaskRedeliverInput extends TaskRetryInput {
  /** Another target than the requester's, as `channel:target`: for results whose address is dead or was never given. */
  to?: string | undefined;
}

export interface TaskDismissInput extends TaskRetryInput {
  reason?: string | undefined;
}

/** What became of one result; one that is refused fails alone. */
export type ResolvedResult =
  | { ref: string; ok: true; kind: string; id: string; changed: boolean; delivery: string; generation: number }
  | { ref: string; ok: false; error: Omit<ErrorDocument, "remedy"> };

export interface ResolvedResultsDocument {
  /** False when one of them is. */
  ok: boolean;
  action: ResolveAction["type"];
  results: ResolvedResult[];
}

/**
 * Delivers results again, each as a new generation of its delivery.
 *
 * @throws ClawTaskError `usage`; what concerns one result is in the document
 */
export function retry(context: IndexedContext, input: TaskRedeliverInput): Outcome<ResolvedResultsDocument> {
  const { to, ...rest } = input;
  const redirect = to === undefined ? undefined : { route: parseTarget(to, "tasks retry"), by: resolveActor(context) };
  return resolve(context, rest, { type: "retry", redirect });
}

/**
 * Records that these results are not wanted any more.
 *
 * @throws ClawTaskError `usage` | `too_large`; what concerns one result is in the document
 */
export function dismiss(context: IndexedContext, input: TaskDismissInput): Outcome<ResolvedResultsDocument> {
  const { reason = `dismissed by ${resolveActor(context)}`, ...rest } = input;
  requireTextLength("reason", reason);
  return resolve(context, rest, { type: "dismiss", reason });
}

type Found = ResultOwner | { error: unknown };

function resolve(
  context: IndexedContext,
  input: TaskRetryInput,
  action: ResolveAction,
): Outcome<ResolvedResultsDocument> {
  const { expectedRevision } = input;
  if (expectedRevision !== undefined && input.refs?.length !== 1)
    throw usageError("argument --expected-revision: for one result that is named", `tasks ${action.type}`);
  const wanted = [...findWanted(context, input, `tasks ${action.type}`)];
  const owners = wanted.flatMap(([, found]) => ("error" in found ? [] : [found]));
  const outcomes = resolveDeliveries(context.registry, owners, {
    action,
    keyFor: keysFor(input, owners.length),
    expectedRevision,
  });
  // The outcomes are in the order of the owners.
  let next = 0;
  const results = wanted.map(([ref, found]) =>
    toResult(ref, "error" in found ? found : outcomes[next++], context.self),
  );
  return { document: { ok: results.every(({ ok }) => ok), action: action.type, results } };
}

/** What each reference means; one that means nothing fails alone. */
function findWanted(context: IndexedContext, input: TaskRetryInput, command: string): Map<string, Found> {
  const { refs = [], all = false, runtime, since } = input;
  if (all === refs.length > 0)
    throw usageError("name one or more tasks or runs, or give --all for everything undelivered", command);
  if (!all && (runtime ?? since) !== undefined) throw usageError("--runtime and --since narrow --all", command);
  requireChoice(runtime, TASK_RUNTIMES, "--runtime", command);
  const sinceMicros =
    since === undefined ? undefined : parsePastTime(since, context.registry.now(), { name: "since", command });
  return context.queryIndex((database) =>
    all
      ? new Map(undeliveredResults(database, { runtime, since: sinceMicros }).map((owner) => [owner.id, owner]))
      : new Map(refs.map((reference) => [reference, lookUp(database, reference)])),
  );
}

function lookUp(database: DatabaseSync, reference: string): Found {
  try {
    return resolveResultOwner(database, reference);
  } catch (error) {
    return { error };
  }
}

/** One key stands for the whole request; in the journals each result needs one of its own. */
function keysFor({ key, all }: TaskRetryInput, count: number): (owner: ResultOwner) => string | undefined {
  const isOne = count === 1 && all !== true;
  return ({ id }) => (key === undefined || isOne ? key : `${key}:${id}`);
}

function toResult(
  ref: string,
  outcome: ResolveOutcome | { error: unknown } | undefined,
  self: string | undefined,
): ResolvedResult {
  if (outcome === undefined || "error" in outcome) {
    const error = outcome?.error;
    if (!isClawTaskError(error)) throw error;
    const { remedy: _remedy, ...document } = toErrorDocument(error, self);
    return { ref, ok: false, error: document };
  }
  const { kind, id, changed, delivery } = outcome;
  return {
    ref,
    ok: true,
    kind,
    id,
    changed,
    delivery: delivery?.state ?? "none",
    generation: delivery?.generation ?? 0,
  };
}
