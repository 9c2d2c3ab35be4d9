/** Arguments of `clawtask/flows`, checked by `validate`. Its types say the same at compile time. */
import { Type } from "@sinclair/typebox";
import { FLOW_STATUSES } from "../model/flow-record.ts";
import { TASK_RUNTIMES } from "../model/task-record.ts";
import { NOTIFY_POLICIES } from "../model/task-status.ts";
import { anyText, change as preconditions, flag, key, object, choice, pageSize, text } from "./schema-parts.ts";
import { JsonSchema } from "./validate.ts";

const change = { flowId: text("the id of a flow"), ...preconditions };
const step = Type.Optional(text());
const note = Type.Optional(anyText);

const Route = Type.Object(
  {
    channel: text("a channel such as telegram"),
    to: text("the address in that channel"),
    accountId: Type.Optional(text()),
    threadId: Type.Optional(Type.Union([text(), Type.Number()], { description: "a text or a number" })),
    sessionKey: Type.Optional(text()),
  },
  { additionalProperties: false },
);

const Wait = Type.Union(
  [
    object({ kind: Type.Literal("task"), taskId: text(), note }),
    object({ kind: Type.Literal("event"), name: text(), note }),
    object({ kind: Type.Literal("until"), at: text(), note }),
    object({ kind: Type.Literal("manual"), note }),
  ],
  {
    description:
      'one of { kind: "task", taskId }, { kind: "event", name }, { kind: "until", at }, { kind: "manual" }; each may have a note',
  },
);

/** @internal */
export const FlowSchemas = {
  createFlow: object({
    title: text("a title"),
    goal: Type.Optional(anyText),
    ownerSessionKey: Type.Optional(text()),
    route: Type.Optional(Route),
    notify: Type.Optional(choice(NOTIFY_POLICIES)),
    step,
    key,
  }),
  runTaskInFlow: object({
    ...change,
    task: Type.Optional(text()),
    runId: Type.Optional(text()),
    childSessionKey: Type.Optional(text()),
    runtime: Type.Optional(choice(TASK_RUNTIMES)),
    label: Type.Optional(anyText),
    text: Type.Optional(anyText),
    started: Type.Optional(flag),
    step,
  }),
  setFlowWaiting: object({ ...change, wait: Wait, step }),
  blockFlow: object({ ...change, reason: text("a reason"), step }),
  setFlowOutput: object({ ...change, name: text("a name"), value: JsonSchema }),
  appendFlowOutput: object({ ...change, name: text("a name"), value: JsonSchema }),
  emitFlowUpdate: object({ ...change, update: Type.Optional(anyText), step }),
  resumeFlow: object({ ...change, step }),
  finishFlow: object({ ...change, result: Type.Optional(anyText), by: Type.Optional(text()) }),
  failFlow: object({ ...change, error: text("what went wrong"), by: Type.Optional(text()) }),
  requestCancel: object({ ...change, by: text("who asks"), reason: Type.Optional(anyText) }),
  getFlow: text("the id of a flow"),
  listFlows: object({
    status: Type.Optional(choice(FLOW_STATUSES)),
    ownerSessionKey: Type.Optional(anyText),
    limit: Type.Optional(pageSize),
  }),
} as const;
