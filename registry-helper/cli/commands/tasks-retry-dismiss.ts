import type { DatabaseSync } from "node:sqlite";
import { isClawTaskError, usageError } from "../../model/errors.ts";
import { TASK_RUNTIMES } from "../../model/task-record.ts";
import {
  type ResultOwner,
  resolveDeliveries,
  type ResolveAction,
  type ResolveOutcome,
} from "../../operations/tasks/resolve-deliveries.ts";
import { undeliveredResults } from "../../views/queries/undelivered-results.ts";
import { getActor } from "../arguments/actor.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import { REVISION_OPTION, revisionOption } from "../arguments/number-options.ts";
import { resolveTarget } from "../arguments/resolve-target.ts";
import { sinceOption } from "../arguments/task-filter-options.ts";
import { type ParsedArguments, type Command, type CommandContext } from "../command.ts";
import { indexed } from "../output/indexing-progress.ts";
import { pasteable } from "../output/shell-quote.ts";

/** Delivers results once more, each as a new generation of its delivery. */
export const tasksRetry = resolveCommand("retry", []);
/** Records that nobody wants these results any more. */
export const tasksDismiss = resolveCommand("dismiss", [{ name: "reason" }]);

function resolveCommand(name: "retry" | "dismiss", more: Command["spec"]["options"]): Command {
  return {
    jsonWhenPiped: false,
    spec: {
      command: `tasks ${name}`,
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
      const action = parseAction(name, context);
      const expectedRevision = revisionOption(args, `tasks ${name}`);
      if (expectedRevision !== undefined && args.lists["ref"]?.length !== 1)
        throw usageError("argument --expected-revision: for one result that is named", `tasks ${name}`);
      const outcomes = [...wanted(context, name, args)].map(([reference, owner]) => ({ reference, ...owner }));
      const found = outcomes.filter((one): one is { reference: string } & ResultOwner => "id" in one);
      const resolved = new Map<string, ResolveOutcome>();
      const results = resolveDeliveries(context.registry, found, {
        action,
        keyFor: keysFor(args, found.length),
        expectedRevision,
      });
      for (const [index, { reference }] of found.entries()) {
        const result = results[index];
        if (result !== undefined) resolved.set(reference, result);
      }
      const all = outcomes.map((one) => toResultLine(one.reference, "id" in one ? resolved.get(one.reference) : one));
      const ok = all.every((one) => one.ok);
      return {
        json: { ok, action: name, results: all },
        exit: ok ? 0 : 1,
        text: () => {
          if (all.length === 0) return "nothing is undelivered\n";
          return `${all.map((one) => formatLine(name, one, self)).join("\n")}\n`;
        },
      };
    },
  };
}

function parseAction(name: "retry" | "dismiss", context: CommandContext): ResolveAction {
  if (name === "retry") return { type: "retry" };
  return { type: "dismiss", reason: textOption(context.args, "reason") ?? `dismissed by ${getActor(context)}` };
}

/** What each reference means; one that means nothing fails alone. */
function wanted(
  context: CommandContext,
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
    return resolveTarget(database, reference);
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
type ResultLine =
  | { ref: string; ok: true; kind: string; id: string; changed: boolean; delivery: string; generation: number }
  | { ref: string; ok: false; error: { code: string; message: string; next?: string; details?: object } };

function toResultLine(ref: string, outcome: ResolveOutcome | { error: unknown } | undefined): ResultLine {
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

function formatLine(name: "retry" | "dismiss", answer: ResultLine, self: string): string {
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
