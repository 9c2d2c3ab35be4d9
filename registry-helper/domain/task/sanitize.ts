import {
  MAX_TASK_ARTIFACTS,
  MAX_TASK_ERROR_LENGTH,
  MAX_TASK_LABEL_LENGTH,
  MAX_TASK_RESULT_LENGTH,
  MAX_TASK_TEXT_LENGTH,
  MAX_TASK_UPDATE_LENGTH,
} from "../../model/limits.ts";
import { plainLine, plainText } from "../../model/sanitize-text.ts";
import type { TaskEnding, TaskStep } from "../../model/task-events.ts";
import type { TaskSignal } from "./commands.ts";

/** Text from models and channels is data: capped, and without control characters. */
export function sanitizeSignal(signal: TaskSignal): TaskSignal {
  const { label, task, ...facts } = signal.facts;
  const { ending, step, ...rest } = signal;
  return {
    ...rest,
    facts: {
      ...facts,
      ...(label === undefined ? {} : { label: plainLine(label, MAX_TASK_LABEL_LENGTH) }),
      ...(task === undefined ? {} : { task: plainText(task, MAX_TASK_TEXT_LENGTH) }),
    },
    ...(step === undefined ? {} : { step: sanitizeStep(step) }),
    ...(ending === undefined ? {} : { ending: sanitizeEnding(ending) }),
  };
}

export function sanitizeStep(step: TaskStep): TaskStep {
  const { update, nextAction, artifacts, ...rest } = step;
  return {
    ...rest,
    ...(update === undefined ? {} : { update: plainLine(update, MAX_TASK_UPDATE_LENGTH) }),
    ...(nextAction === undefined ? {} : { nextAction: plainLine(nextAction, MAX_TASK_UPDATE_LENGTH) }),
    ...(artifacts === undefined
      ? {}
      : { artifacts: artifacts.slice(0, MAX_TASK_ARTIFACTS).map((path) => plainLine(path, MAX_TASK_UPDATE_LENGTH)) }),
  };
}

function sanitizeEnding(ending: TaskEnding): TaskEnding {
  const { result, error, ...rest } = ending;
  return {
    ...rest,
    ...(result === undefined ? {} : { result: plainText(result, MAX_TASK_RESULT_LENGTH) }),
    ...(error === undefined ? {} : { error: plainText(error, MAX_TASK_ERROR_LENGTH) }),
  };
}
