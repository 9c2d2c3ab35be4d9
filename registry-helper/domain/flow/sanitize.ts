import type { FlowFacts } from "../../model/flow-events.ts";
import type { FlowWaitTarget } from "../../model/flow-record.ts";
import {
  MAX_TASK_ERROR_LENGTH,
  MAX_TASK_LABEL_LENGTH,
  MAX_TASK_RESULT_LENGTH,
  MAX_TASK_TEXT_LENGTH,
  MAX_TASK_UPDATE_LENGTH,
} from "../../model/limits.ts";
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
