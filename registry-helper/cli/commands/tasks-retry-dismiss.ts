import type { DatabaseSync } from "node:sqlite";
import { isClawTaskError } from "../../model/errors.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import {
  type ResultOwner,
  settleResults,
  type SettleAction,
  type SettleOutcome,
} from "../../operations/tasks/resolve-deliveries.ts";
import { undeliveredResults } from "../../views/queries/undelivered-results.ts";
import type { ParsedArguments } from "../command.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import { actorOf } from "../arguments/actor.ts";
import { targetOf } from "../arguments/resolve-target.ts";
import { indexed } from "../output/indexing-progress.ts";
import { REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import { pasteable } from "../output/shell-quote.ts";
import { sinceOption } from "../arguments/task-filter-options.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import type { Verb, VerbContext } from "../command.ts";

/** Delivers results once more, each as a new generation of its delivery. */
export const tasksRetry = settleVerb("retry", []);
/** Records that nobody wants these results any more. */
export const tasksDismiss = settleVerb("dismiss", [{ name: "reason" }]);

function settleVerb(name: "retry" | "dismiss", more: Verb["spec"]["options"]): Verb {
  return {
    jsonWhenPiped: false,
    spec: {
      verb: `tasks ${name}`,
      positionals: [{ name: "ref", optional: true, many: true }],
      options: [
        ...more,
        { name: "all", flag: true },
        { name: "runtime", choices: TASK_RUNTIMES },
        { name: "since" },
        REVISION_OPTION,
        KEY_OPTION,
      ],
    },
    run(context) {
      const { args, self } = context;
      const action = actionOf(name, context);
      const expectedRevision = revisionOption(args, `tasks ${name}`);
      if (expectedRevision !== undefined && args.lists["ref"]?.length !== 1)
        throw usageError("argument --expected-revision: for one result that is named", `tasks ${name}`);
      const outcomes = [...wanted(context, name, args)].map(([reference, owner]) => ({ reference, ...owner }));
      const found = outcomes.filter((one): one is { reference: string } & ResultOwner => "id" in one);
      const settled = new Map<string, SettleOutcome>();
      const results = settleResults(context.registry, found, {
        action,
        keyFor: keysFor(args, found.length),
        expectedRevision,
      });
      for (const [index, { reference }] of found.entries()) {
        const result = results[index];
        if (result !== undefined) settled.set(reference, result);
      }
      const all = outcomes.map((one) => answerOf(one.reference, "id" in one ? settled.get(one.reference) : one));
      const ok = all.every((one) => one.ok);
      return {
        json: { ok, action: name, results: all },
        exit: ok ? 0 : 1,
        text: () => {
          if (all.length === 0) return "nothing is undelivered\n";
          return `${all.map((one) => lineOf(name, one, self)).join("\n")}\n`;
        },
      };
    },
  };
}

function actionOf(name: "retry" | "dismiss", context: VerbContext): SettleAction {
  if (name === "retry") return { type: "retry" };
  return { type: "dismiss", reason: textOption(context.args, "reason") ?? `dismissed by ${actorOf(context)}` };
}

/** What each reference means; one that means nothing fails alone. */
function wanted(
  context: VerbContext,
  name: string,
  args: ParsedArguments,
): Map<string, ResultOwner | { error: unknown }> {
  const references = args.lists["ref"] ?? [];
  const takesAll = args.flags.has("all");
  if (takesAll === references.length > 0)
    throw usageError("name one or more tasks or runs, or give --all for everything undelivered", `tasks ${name}`);
  const { options } = args;
  if (!takesAll && (options["runtime"] ?? options["since"]) !== undefined)
    throw usageError("--runtime and --since narrow --all", `tasks ${name}`);
  const since = sinceOption(options["since"], context.registry.now(), `tasks ${name}`);
  return indexed(context, (database) => {
    if (!takesAll) return new Map(references.map((reference) => [reference, lookUp(database, reference)]));
    const all = undeliveredResults(database, { runtime: options["runtime"], since });
    return new Map(all.map((owner) => [owner.id, owner]));
  });
}

function lookUp(database: DatabaseSync, reference: string): ResultOwner | { error: unknown } {
  try {
    return targetOf(database, reference);
  } catch (error) {
    return { error };
  }
}

/** One key stands for the whole command; in the journals each result needs one of its own. */
function keysFor(args: ParsedArguments, count: number): (owner: ResultOwner) => string | undefined {
  const key = args.options["key"];
  const isOne = count === 1 && !args.flags.has("all");
  return ({ id }) => (key === undefined || isOne ? key : `${key}:${id}`);
}

/** One line of the answer. */
type Answer =
  | { ref: string; ok: true; kind: string; id: string; changed: boolean; delivery: string; generation: number }
  | { ref: string; ok: false; error: { code: string; message: string; next?: string; details?: object } };

function answerOf(ref: string, outcome: SettleOutcome | { error: unknown } | undefined): Answer {
  if (outcome === undefined || "error" in outcome) {
    const error = outcome?.error;
    if (!isClawTaskError(error)) throw error;
    const { code, message, next, facts: details } = error;
    const more = { ...(next === undefined ? {} : { next }), ...(details === undefined ? {} : { details }) };
    return { ref, ok: false, error: { code, message, ...more } };
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

function lineOf(name: "retry" | "dismiss", answer: Answer, self: string): string {
  if (!answer.ok) {
    const { code, message, next } = answer.error;
    return `${answer.ref}: ${message}\n  code: ${code}${next === undefined ? "" : `\n  next: ${pasteable(next, self)}`}`;
  }
  const { id, changed, generation } = answer;
  if (name === "dismiss") return `${id}: dismissed${changed ? "" : " already"}`;
  return changed
    ? `${id}: will be delivered again (time ${generation}) by the gateway`
    : `${id}: was asked for with this key before`;
}
