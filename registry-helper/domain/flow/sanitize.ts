import { ClawTaskError } from "../../model/errors.ts";
import type { FlowFacts } from "../../model/flow-events.ts";
import type { FlowWaitTarget, FlowRecord } from "../../model/flow-record.ts";
import { type Json, toJsonLine } from "../../model/json.ts";
import {
  MAX_TASK_ERROR_LENGTH,
  MAX_TASK_LABEL_LENGTH,
  MAX_TASK_RESULT_LENGTH,
  MAX_TASK_TEXT_LENGTH,
  MAX_TASK_UPDATE_LENGTH,
  MAX_FLOW_OUTPUT_BYTES,
  MAX_FLOW_OUTPUT_DEPTH,
  MAX_FLOW_OUTPUTS,
  MAX_OUTPUT_NAME_LENGTH,
} from "../../model/limits.ts";
import { suggest } from "../../model/remedy.ts";
import { plainLine, plainText } from "../../model/sanitize-text.ts";

/** Text from models, people and scripts is data: capped, and without control characters. */
export const sanitizeFlow = {
  title: (text: string): string => plainLine(text, MAX_TASK_LABEL_LENGTH),
  step: (text: string): string => plainLine(text, MAX_TASK_LABEL_LENGTH),
  /** A reason, an update, a note: one line. */
  words: (text: string): string => plainLine(text, MAX_TASK_UPDATE_LENGTH),
  result: (text: string): string => plainText(text, MAX_TASK_RESULT_LENGTH),
  error: (text: string): string => plainText(text, MAX_TASK_ERROR_LENGTH),
  facts: ({ title, goal, ...rest }: FlowFacts): FlowFacts => ({
    title: sanitizeFlow.title(title),
    ...(goal === undefined ? {} : { goal: plainText(goal, MAX_TASK_TEXT_LENGTH) }),
    ...rest,
  }),
  wait: ({ note, ...rest }: FlowWaitTarget): FlowWaitTarget =>
    note === undefined ? rest : { ...rest, note: sanitizeFlow.words(note) },
};

const NAME = /^[a-z0-9][\w./:-]*$/i;

/**
 * Checks that an output fits into the bag of a flow: the bag travels with every reading of the flow, so it holds ids,
 * summaries and cursors, and large content lies in files that it names.
 *
 * @throws ClawTaskError `invalid_id` | `too_large` | `output_not_a_list`
 */
export function requireOutputFits(flow: FlowRecord, change: { name: string; value: Json; appends: boolean }): void {
  const { name, value, appends } = change;
  if (!NAME.test(name) || name.length > MAX_OUTPUT_NAME_LENGTH) {
    throw new ClawTaskError("invalid_id", {
      message: `not usable as the name of an output: ${JSON.stringify(name.slice(0, MAX_OUTPUT_NAME_LENGTH))}`,
      remedy: {
        hint: `use 1 to ${MAX_OUTPUT_NAME_LENGTH} letters, digits, dots, slashes, colons, dashes or underscores, starting with a letter or digit`,
      },
    });
  }
  if (isDeeperThan(value, MAX_FLOW_OUTPUT_DEPTH))
    throw tooLarge(flow, `the value of ${name} is nested more than ${MAX_FLOW_OUTPUT_DEPTH} deep`);
  const known = Object.hasOwn(flow.output, name) ? flow.output[name] : undefined;
  if (appends && known !== undefined && !Array.isArray(known)) {
    throw new ClawTaskError("output_not_a_list", {
      message: `output ${name} of flow ${flow.flowId} is not a list: nothing can be appended to it`,
      remedy: { commands: [suggest("flows output", flow.flowId, name, "--value-json", "[]")] },
    });
  }
  if (known === undefined && Object.keys(flow.output).length >= MAX_FLOW_OUTPUTS)
    throw tooLarge(flow, `flow ${flow.flowId} has ${MAX_FLOW_OUTPUTS} outputs already`);
  const outputs = { ...flow.output, [name]: appends ? [...(Array.isArray(known) ? known : []), value] : value };
  const bytes = toJsonLine(outputs).length;
  if (bytes <= MAX_FLOW_OUTPUT_BYTES) return;
  throw tooLarge(
    flow,
    `with ${name} the outputs of flow ${flow.flowId} take ${bytes} bytes; at most ${MAX_FLOW_OUTPUT_BYTES} are kept`,
  );
}

function tooLarge(flow: FlowRecord, message: string): ClawTaskError {
  return new ClawTaskError("too_large", {
    message,
    remedy: {
      hint: "write it into a file and keep its path",
      commands: [suggest("flows output", flow.flowId, "file", "--value", "PATH")],
    },
  });
}

/** By hand and level by level: a value that is nested too deep must not be walked to its bottom. */
function isDeeperThan(value: Json, levels: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
  return false;
}
