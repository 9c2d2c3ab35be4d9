import { isFlowId } from "../../storage/flow-paths.ts";
import type { FlowChange } from "../../registry/flow-store.ts";
import type { FlowRecord, WaitTarget } from "../../model/flow-record.ts";
import { type Micros, formatMicros, parseMicros } from "../../model/time.ts";
import { waitText } from "../../domain/flow/wait-text.ts";
import { runOfFlow } from "../../domain/flow/run-as-flow.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import type { ParsedArguments } from "../command.ts";
import { usageError } from "./parse-arguments.ts";
import { taskOf } from "./resolve-target.ts";
import { indexed } from "../output/indexing-progress.ts";
import { durationOf, REVISION_OPTION, revisionOption } from "./number-options.ts";
import { KEY_OPTION, textOption } from "./common-options.ts";
import type { VerbAnswer, VerbContext } from "../command.ts";

/** What every verb takes that changes a flow. */
export const CHANGE_OPTIONS = [REVISION_OPTION, KEY_OPTION] as const;

/** The flow that a verb is about. A whole id needs no index. */
export function flowIdOf(context: VerbContext): string {
  const reference = context.args.positionals["flow"] ?? "";
  if (isFlowId(reference) || runOfFlow(reference) !== undefined) return reference;
  return indexed(context, (database) => findFlow(database, reference).flowId);
}

/** @throws ClawTaskError `usage` */
export function expectedRevision(args: ParsedArguments, verb: string): { expectedRevision?: number } {
  const revision = revisionOption(args, verb);
  return revision === undefined ? {} : { expectedRevision: revision };
}

/** An option as the field of a command that it is; nothing when it is not given. */
export function field<Name extends string>(
  args: ParsedArguments,
  name: Name,
  option: string = name,
): { [Key in Name]?: string } {
  const text = textOption(args, option);
  return text === undefined ? {} : ({ [name]: text } as { [Key in Name]: string });
}

/** `--task`, `--event`, `--until` or `--manual`: exactly one says what is waited for. */
export function waitOption(context: VerbContext, verb: string): WaitTarget {
  const { options, flags } = context.args;
  const note = field(context.args, "note");
  const { task, event, until } = options;
  const targets: (WaitTarget | undefined)[] = [
    task === undefined ? undefined : { kind: "task", taskId: taskOf(context, task).taskId, ...note },
    event === undefined ? undefined : { kind: "event", name: event, ...note },
    until === undefined ? undefined : { kind: "until", at: timeOption(until, context.registry.now(), verb), ...note },
    flags.has("manual") ? { kind: "manual", ...note } : undefined,
  ];
  const [target, ...more] = targets.filter((one) => one !== undefined);
  if (target !== undefined && more.length === 0) return target;
  throw usageError("exactly one of --task, --event, --until and --manual is required", verb);
}

function timeOption(text: string, now: Micros, verb: string): string {
  const length = durationOf(text);
  const at = length === undefined ? (parseMicros(text) ?? parseMicros(`${text}Z`)) : now + length;
  if (at !== undefined) return formatMicros(at);
  throw usageError(`argument --until: 30m, 12h, 7d or an ISO time is expected, not '${text}'`, verb);
}

/** The answer of every verb that changes a flow. */
export function changeAnswer({ flow, changed, replayed, notices }: FlowChange, more: object = {}): VerbAnswer {
  const { flowId, revision } = flow;
  return {
    json: { ok: true, flowId, revision, changed, replayed, ...more, flow },
    text: () => `${flowId}: ${standing(flow)} (revision ${revision}${changed ? "" : ", unchanged"})\n`,
    notices,
  };
}

/** How a flow stands, in a few words. */
export function standing(flow: FlowRecord): string {
  if (flow.endedAt === null && flow.cancel !== null) return `being cancelled by ${flow.cancel.by}`;
  if (flow.wait !== null) return `waiting for ${waitText(flow.wait)}`;
  if (flow.blocked !== null) return `blocked: ${flow.blocked.reason}`;
  const step = flow.endedAt === null && flow.currentStep !== null ? `, at ${flow.currentStep}` : "";
  return `${flow.status}${step}`;
}
