import type { OperationResult } from "../../registry-helper/internal.ts";
import type { ChatCommandCall } from "../host/register/register-command.ts";
import { cancelTask } from "../operations/cancel-task.ts";
import type { OperationCaller } from "../operations/operation-caller.ts";
import {
  type Viewer,
  listVisibleTasks,
  findVisibleTask,
  canSee,
  type VisibleTask,
} from "../operations/visible-tasks.ts";
import { parseCommand, type TasksChatRequest } from "./parse-command.ts";
import * as replies from "./reply-text.ts";

/** How long a person waits for work to be stopped before they are told that it is on its way. */
const CANCEL_WAIT_MS = 8_000;
/** Ended work that is looked through for a list; what goes on is always found. */
const RECENT = 50;
const MAX_ACTIVE = 50;

/** Answers `/tasks ...` in a conversation, without the model. */
export async function handleTasksCommand(call: ChatCommandCall, callOperation: OperationCaller): Promise<string> {
  const context = { now: Date.now(), word: `/${call.word}` };
  const request = parseCommand(call.args);
  switch (request.kind) {
    case "help":
      return replies.tasksHelpText(context);
    case "unclear":
      return `I did not get that: ${request.what}\n${replies.tasksHelpText(context)}`;
    case "list":
      return await answerList({ call, callOperation, context, all: request.all });
    case "attention":
      return await answerAttention({ call, callOperation, context });
    default:
      return await answerAbout({ call, callOperation, context, request });
  }
}

interface ReplyOptions {
  readonly call: ChatCommandCall;
  readonly callOperation: OperationCaller;
  readonly context: replies.ReplyContext;
}

/**
 * In a room that others read, a list shows what the room asked for; in private the owner gets everything.
 * Owners can ask for everything anywhere.
 */
async function answerList({ call, callOperation, context, all }: ReplyOptions & { all: boolean }): Promise<string> {
  const everything = call.isOwner && (all || !call.isShared);
  if (all && !call.isOwner) return "Only the owner of this gateway sees the work of other conversations.";
  const viewer: Viewer = { sessionKey: call.sessionKey, seesAll: everything };
  const owner = everything ? undefined : (call.sessionKey ?? "");
  const lists = await Promise.all([
    listVisibleTasks(callOperation, { owner, status: "running", limit: MAX_ACTIVE }),
    listVisibleTasks(callOperation, { owner, status: "queued", limit: MAX_ACTIVE }),
    listVisibleTasks(callOperation, { owner, limit: RECENT }),
  ]);
  const tasks = new Map<string, VisibleTask>();
  for (const list of lists) {
    if ("error" in list) return replies.errorText(list.error, context);
    // The beginning of a session's name stands for all that begin so: topic 7 must not see topic 77.
    for (const task of list.tasks) if (canSee(viewer, task)) tasks.set(task.taskId, task);
  }
  const newestFirst = [...tasks.values()].sort((one, other) => (one.taskId < other.taskId ? 1 : -1));
  return replies.listText(newestFirst, { ...context, hereOnly: !everything });
}

async function answerAttention({ call, callOperation, context }: ReplyOptions): Promise<string> {
  const seesAll = call.isOwner && !call.isShared;
  if (!seesAll && call.sessionKey === undefined) return replies.attentionText([], context);
  const session = seesAll ? undefined : call.sessionKey;
  const result = await callOperation("registry.attention", { session, limit: RECENT });
  if ("error" in result) return replies.errorText(result.error, context);
  return replies.attentionText(result.document.items, context);
}

type SingleTaskRequest = Extract<TasksChatRequest, { reference: string }>;

async function answerAbout({
  call,
  callOperation,
  context,
  request,
}: ReplyOptions & { request: SingleTaskRequest }): Promise<string> {
  const viewer = { sessionKey: call.sessionKey, seesAll: call.isOwner };
  const found = await findVisibleTask(callOperation, { reference: request.reference, viewer });
  if ("error" in found) return replies.errorText(found.error, context);
  const { task } = found;
  if (request.kind === "show") return replies.taskText(task, context);
  const { taskId } = task;
  const reason = request.kind === "notify" ? undefined : (request.reason ?? `${context.word} in ${call.channel}`);
  switch (request.kind) {
    case "cancel": {
      const result = await cancelTask(callOperation, { task: taskId, reason, waitMs: CANCEL_WAIT_MS });
      return toReply(result, replies.cancelText, context);
    }
    case "notify":
      return toReply(
        await callOperation("tasks.notify", { task: taskId, policy: request.policy }),
        replies.notifyText,
        context,
      );
    case "dismiss":
      return toReply(
        await callOperation("tasks.dismiss", { refs: [taskId], reason }),
        replies.deliveryActionText,
        context,
      );
    case "retry":
      return toReply(await callOperation("tasks.retry", { refs: [taskId] }), replies.deliveryActionText, context);
  }
}

function toReply<Document>(
  result: OperationResult<Document>,
  toText: (document: Document, context: replies.ReplyContext) => string,
  context: replies.ReplyContext,
): string {
  return "error" in result ? replies.errorText(result.error, context) : toText(result.document, context);
}
