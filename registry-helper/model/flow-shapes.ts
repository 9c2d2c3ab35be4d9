import { deliveryChangeShape, deliveryRecordShape, routeShape } from "./delivery-shapes.ts";
import type { FlowEvent, FlowFacts } from "./flow-events.ts";
import {
  FLOW_STATUSES,
  type FlowCancel,
  type FlowRecord,
  type FlowWait,
  type FlowWaitTarget,
  TERMINAL_FLOW_STATUSES,
  type TerminalFlowStatus,
  WAIT_KINDS,
  type WaitKind,
} from "./flow-record.ts";
import { isJsonObject } from "./json.ts";
import {
  json,
  jsonObject,
  list,
  nullable,
  oneOf,
  optional,
  position,
  record,
  type Shape,
  text,
  word,
} from "./shapes.ts";

type Target<Kind extends WaitKind> = Extract<FlowWaitTarget, { kind: Kind }>;

const waitKind = oneOf(WAIT_KINDS);
const note = optional(text);
const TARGETS: { readonly [Kind in WaitKind]: Shape<Target<Kind>> } = {
  task: record<Target<"task">>({ kind: oneOf(["task"]), taskId: text, note }),
  event: record<Target<"event">>({ kind: oneOf(["event"]), name: text, note }),
  until: record<Target<"until">>({ kind: oneOf(["until"]), at: text, note }),
  manual: record<Target<"manual">>({ kind: oneOf(["manual"]), note }),
};

const targetShape: Shape<FlowWaitTarget> = (value) => {
  if (!isJsonObject(value)) return " is not an object";
  const { kind } = value;
  const problem = waitKind(kind);
  return problem === undefined ? TARGETS[kind as WaitKind](value) : `.kind${problem}`;
};

const waitShape: Shape<FlowWait> = (value) =>
  targetShape(value) ?? (typeof (value as FlowWait).since === "string" ? undefined : ".since is not text");

/** What is recorded of a flow. */
export const flowRecordShape = record<FlowRecord>({
  flowId: text,
  title: text,
  goal: nullable(text),
  ownerSessionKey: nullable(text),
  route: nullable(routeShape),
  status: oneOf(FLOW_STATUSES),
  currentStep: nullable(text),
  wait: nullable(waitShape),
  blocked: nullable(record<NonNullable<FlowRecord["blocked"]>>({ reason: text, since: text })),
  output: jsonObject,
  latestUpdate: nullable(text),
  tasks: list(text),
  cancel: nullable(record<FlowCancel>({ requestedAt: text, by: text, reason: nullable(text) })),
  notify: word(),
  revision: position,
  createdAt: text,
  updatedAt: text,
  endedAt: nullable(text),
  result: nullable(text),
  error: nullable(text),
  delivery: nullable(deliveryRecordShape),
  update: nullable(deliveryRecordShape),
  updateText: nullable(text),
});

const factsShape = record<FlowFacts>({
  title: text,
  goal: optional(text),
  ownerSessionKey: optional(text),
  route: optional(routeShape),
  notify: optional(word()),
});

/** One line of a flow's journal. */
export const flowEventShape = record<FlowEvent>({
  event: word(),
  timestamp: text,
  via: optional(word()),
  session: optional(text),
  flowId: text,
  seq: position,
  key: optional(text),
  digest: optional(text),
  span: optional(position),
  facts: optional(factsShape),
  schema: optional(position),
  step: optional(text),
  taskId: optional(text),
  wait: optional(targetShape),
  reason: optional(text),
  output: optional(record<NonNullable<FlowEvent["output"]>>({ name: text, value: json })),
  update: optional(text),
  cancel: optional(record<NonNullable<FlowEvent["cancel"]>>({ by: text, reason: optional(text) })),
  ending: optional(
    record<NonNullable<FlowEvent["ending"]>>({
      status: oneOf(TERMINAL_FLOW_STATUSES as readonly TerminalFlowStatus[]),
      result: optional(text),
      error: optional(text),
      by: optional(text),
    }),
  ),
  delivery: optional(deliveryChangeShape),
});
