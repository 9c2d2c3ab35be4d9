import { deliveryChangeShape, routeShape } from "./delivery-shapes.ts";
import { usageShape } from "./run-shapes.ts";
import { flag, list, nullable, oneOf, optional, position, record, text, word, yes } from "./shapes.ts";
import type { HostDelivery, TaskEnding, TaskEvent, TaskFacts, TaskStep } from "./task-events.ts";
import { type HostRow, TERMINAL_TASK_STATUSES, type TerminalTaskStatus } from "./task-record.ts";

const factsShape = record<TaskFacts>({
  runtime: optional(word()),
  label: optional(text),
  task: optional(text),
  requesterSessionKey: optional(text),
  childSessionKey: optional(text),
  parentRunId: optional(text),
  parentTaskId: optional(text),
  flowId: optional(text),
  sourceId: optional(text),
  taskKind: optional(text),
  runId: optional(text),
  agentId: optional(text),
  model: optional(text),
  sessionId: optional(text),
  route: optional(routeShape),
  usage: optional(usageShape),
  wantsCompletion: optional(flag),
  isPrivate: optional(yes),
  acceptedAt: optional(text),
  notify: optional(word()),
});

const endingShape = record<TaskEnding>({
  status: oneOf(TERMINAL_TASK_STATUSES as readonly TerminalTaskStatus[]),
  result: optional(text),
  error: optional(text),
  supersedes: optional(flag),
  hostDelivery: optional(record<HostDelivery>({ state: word(), reason: optional(text) })),
  endedAt: optional(text),
});

const stepShape = record<TaskStep>({
  phase: optional(nullable(word())),
  blockReason: optional(nullable(word())),
  update: optional(text),
  nextAction: optional(text),
  artifacts: optional(list(text)),
  isIdle: optional(flag),
});

const hostRowShape = record<HostRow>({ taskId: text, status: text, delivery: nullable(text) });

/** One line of the ledger. */
export const taskEventShape = record<TaskEvent>({
  event: word(),
  timestamp: text,
  via: optional(word()),
  session: optional(text),
  taskId: text,
  seq: position,
  source: text,
  names: optional(list(text)),
  facts: optional(factsShape),
  ending: optional(endingShape),
  step: optional(stepShape),
  update: optional(text),
  host: optional(hostRowShape),
  notify: optional(word()),
  cancel: optional(
    record<NonNullable<TaskEvent["cancel"]>>({
      by: optional(text),
      outcome: optional(word()),
      reason: optional(text),
    }),
  ),
  delivery: optional(deliveryChangeShape),
  key: optional(text),
  digest: optional(text),
  span: optional(position),
  schema: optional(position),
});
