import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { formatWait } from "../../domain/flow/wait-text.ts";
import { parseDuration } from "../../model/duration.ts";
import { usageError } from "../../model/errors.ts";
import type { FlowRecord, FlowWaitTarget } from "../../model/flow-record.ts";
import { type Micros, formatMicros, parseMicros } from "../../model/time.ts";
import type { FlowChange } from "../../registry/flow-store.ts";
import { isFlowId } from "../../storage/flow-paths.ts";
import { findFlow } from "../../views/queries/flow-queries.ts";
import { type ParsedArguments, type CommandAnswer, type CommandContext } from "../command.ts";
import { indexed } from "../output/indexing-progress.ts";
import { KEY_OPTION, textOption } from "./common-options.ts";
import { REVISION_OPTION, revisionOption } from "./number-options.ts";
import { resolveTaskReference } from "./resolve-target.ts";

/** What every verb takes that changes a flow. */
export const CHANGE_OPTIONS = [REVISION_OPTION, KEY_OPTION] as const;

/** The flow that a verb is about. A whole id needs no index. */
export function resolveFlowId(context: CommandContext): string {
  const reference = context.args.positionals["flow"] ?? "";
  if (isFlowId(reference) || parseRunFlowId(reference) !== undefined) return reference;
  return indexed(context, (database) => findFlow(database, reference).flowId);
}

/** @throws ClawTaskError `usage` */
export function expectedRevision(args: ParsedArguments, command: string): { expectedRevision?: number } {
  const revision = revisionOption(args, command);
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
export function waitOption(context: CommandContext, command: string): FlowWaitTarget {
  const { options, flags } = context.args;
  const note = field(context.args, "note");
  const { task, event, until } = options;
  const targets: (FlowWaitTarget | undefined)[] = [
    task === undefined ? undefined : { kind: "task", taskId: resolveTaskReference(context, task).taskId, ...note },
    event === undefined ? undefined : { kind: "event", name: event, ...note },
    until === undefined
      ? undefined
      : { kind: "until", at: timeOption(until, context.registry.now(), command), ...note },
    flags.has("manual") ? { kind: "manual", ...note } : undefined,
  ];
  const [target, ...more] = targets.filter((one) => one !== undefined);
  if (target !== undefined && more.length === 0) return target;
  throw usageError("exactly one of --task, --event, --until and --manual is required", command);
}

function timeOption(text: string, now: Micros, command: string): string {
  const length = parseDuration(text);
  const at = length === undefined ? (parseMicros(text) ?? parseMicros(`${text}Z`)) : now + length;
  if (at !== undefined) return formatMicros(at);
  throw usageError(`argument --until: 30m, 12h, 7d or an ISO time is expected, not '${text}'`, command);
}

/** The answer of every verb that changes a flow. */
export function changeAnswer({ flow, changed, replayed, notices }: FlowChange, more: object = {}): CommandAnswer {
  const { flowId, revision } = flow;
  return {
    json: { ok: true, flowId, revision, changed, replayed, ...more, flow },
    text: () => `${flowId}: ${flowStateText(flow)} (revision ${revision}${changed ? "" : ", unchanged"})\n`,
    notices,
  };
}

/** How a flow stands, in a few words. */
export function flowStateText(flow: FlowRecord): string {
  if (flow.endedAt === null && flow.cancel !== null) return `being cancelled by ${flow.cancel.by}`;
  if (flow.wait !== null) return `waiting for ${formatWait(flow.wait)}`;
  if (flow.blocked !== null) return `blocked: ${flow.blocked.reason}`;
  const step = flow.endedAt === null && flow.currentStep !== null ? `, at ${flow.currentStep}` : "";
  return `${flow.status}${step}`;
}
