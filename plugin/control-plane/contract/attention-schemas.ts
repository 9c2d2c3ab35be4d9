import { Type } from "@sinclair/typebox";
import { ATTENTION_KINDS } from "../../../registry-helper/internal.ts";
import { QuestionSchema } from "./run-schemas.ts";
import { count, entity, json, maybeText, oneOf, orNull, time } from "./schema-helpers.ts";

/** Something that can be done by one request. */
export const ActionSchema = entity("Action", {
  label: Type.String(),
  method: Type.Literal("POST"),
  path: Type.String({ description: "Below the mount, such as /api/runs/…/actions/approve" }),
  body: Type.Optional(Type.Object({})),
  destructive: Type.Optional(Type.Boolean({ description: "Ask before it is done" })),
  asks: Type.Optional(
    Type.Array(Type.String(), { description: "Fields that the person has to fill in before the body is whole" }),
  ),
});

export const AttentionItemSchema = entity("AttentionItem", {
  kind: oneOf(ATTENTION_KINDS),
  subject: Type.Object({ kind: oneOf(["task", "run", "flow", "ledger", "gateway"]), id: Type.String() }),
  nodeId: Type.Optional(Type.String()),
  title: Type.String(),
  since: time,
  reason: Type.String(),
  command: Type.String({ description: "The command line that deals with it" }),
  action: Type.Optional(ActionSchema),
  actions: Type.Optional(Type.Array(ActionSchema)),
  question: Type.Optional(QuestionSchema),
});

export const AttentionSchema = Type.Object({ items: Type.Array(AttentionItemSchema), total: Type.Integer() });

const SuggestedCommandSchema = Type.Object(
  { program: Type.Optional(Type.Literal("openclaw")), name: Type.String(), args: Type.Array(Type.String()) },
  { description: "A command of clawtask, or of the program that is named" },
);

const workFields = {
  subject: Type.Object({ kind: oneOf(["task", "run", "flow", "ledger", "gateway"]), id: Type.String() }),
  title: Type.String(),
  phase: Type.String({ description: "One word: a phase of a task or run, or the status of a flow" }),
  doing: Type.String(),
  isBlocked: Type.Boolean(),
  why: maybeText,
  needsAttention: Type.Boolean(),
  isDoneNotReported: Type.Boolean(),
  latestUpdate: maybeText,
  nextAction: orNull(SuggestedCommandSchema),
  owner: maybeText,
  lastActivityAt: time,
  attempt: Type.Optional(count),
  progress: Type.Optional(Type.Object({ done: count, total: count })),
};

export const WorkItemSchema = entity("WorkItem", {
  ...workFields,
  tasks: Type.Optional(Type.Array(Type.Object(workFields))),
});

export const StatusSchema = Type.Object({
  items: Type.Array(WorkItemSchema),
  total: count,
  needAttention: count,
});

/** Anything with a cursor of its own. */
export const ChangeSchema = entity("Change", {
  cursor: Type.String(),
  kind: oneOf(["run", "task", "flow", "workflow"]),
  id: Type.String(),
  seq: Type.Integer(),
  at: time,
  event: Type.String(),
  nodeId: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  status: Type.Optional(Type.String()),
  removed: Type.Optional(Type.Literal(true)),
});

export const RemedySchema = Type.Object(
  {
    hint: Type.Optional(Type.String()),
    scope: Type.Optional(Type.Union([Type.Literal("command line"), Type.Literal("api")])),
    commands: Type.Optional(Type.Array(SuggestedCommandSchema)),
  },
  { description: "The same by its parts" },
);

export const ProblemSchema = entity("Problem", {
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String({ description: "Stable; made for programs" }),
  detail: Type.String({ description: "One sentence for a person; where OpenTask has a text, it is that text" }),
  next: Type.Optional(Type.String({ description: "What to do about it, as one line" })),
  remedy: Type.Optional(RemedySchema),
  details: Type.Optional(json),
});
