import type { AttentionItem } from "../../registry-helper/internal.ts";
import { cancelTask } from "../commands/cancel-task.ts";
import { type CliRunner, runCommand, type CommandResult } from "../commands/run-command.ts";
import { type Viewer, listVisibleTasks, findVisibleTask, canSee, type VisibleTask } from "../commands/visible-tasks.ts";
import type { ChatCommandCall } from "../host/register/register-command.ts";
import { parseCommand, type TasksChatRequest } from "./parse-command.ts";
import * as replies from "./reply-text.ts";

/** How long a person waits for work to be stopped before they are told that it is on its way. */
const CANCEL_WAIT_MS = 8_000;
/** Ended work that is looked through for a list; what goes on is always found. */
const RECENT = 50;
const MAX_ACTIVE = 50;

/** Answers `/tasks ...` in a conversation, without the model. */
export async function handleTasksCommand(call: ChatCommandCall, run: CliRunner): Promise<string> {
  const context = { now: Date.now(), word: `/${call.word}` };
  const request = parseCommand(call.args);
  switch (request.kind) {
    case "help":
      return replies.tasksHelpText(context);
    case "unclear":
      return `I did not get that: ${request.what}\n${replies.tasksHelpText(context)}`;
    case "list":
      return await answerList({ call, run, context, all: request.all });
    case "attention":
      return await answerAttention({ call, run, context });
    default:
      return await answerAbout({ call, run, context, request });
  }
}

interface ReplyOptions {
  readonly call: ChatCommandCall;
  readonly run: CliRunner;
  readonly context: replies.ReplyContext;
}

/**
 * In a room that others read, a list shows what the room asked for; in private the owner gets everything.
 * Owners can ask for everything anywhere.
 */
async function answerList({ call, run, context, all }: ReplyOptions & { all: boolean }): Promise<string> {
  const everything = call.isOwner && (all || !call.isShared);
  if (all && !call.isOwner) return "Only the owner of this gateway sees the work of other conversations.";
  const viewer: Viewer = { sessionKey: call.sessionKey, seesAll: everything };
  const owner = everything ? undefined : (call.sessionKey ?? "");
  const lists = await Promise.all([
    listVisibleTasks(run, { owner, status: "running", limit: MAX_ACTIVE }),
    listVisibleTasks(run, { owner, status: "queued", limit: MAX_ACTIVE }),
    listVisibleTasks(run, { owner, limit: RECENT }),
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

async function answerAttention({ call, run, context }: ReplyOptions): Promise<string> {
  const result = await runCommand(run, { command: "attention", options: { limit: RECENT } });
  if ("error" in result) return replies.errorText(result.error, context);
  const items = result.document["items"] as AttentionItem[];
  if (call.isOwner && !call.isShared) return replies.attentionText(items, context);
  const viewer = { sessionKey: call.sessionKey, seesAll: false };
  const mine = await Promise.all(
    items.map(async (item) => {
      if (item.subject.kind !== "task") return [];
      return "task" in (await findVisibleTask(run, { reference: item.subject.id, viewer })) ? [item] : [];
    }),
  );
  return replies.attentionText(mine.flat(), context);
}

type SingleTaskRequest = Extract<TasksChatRequest, { reference: string }>;

async function answerAbout({
  call,
  run,
  context,
  request,
}: ReplyOptions & { request: SingleTaskRequest }): Promise<string> {
  const viewer = { sessionKey: call.sessionKey, seesAll: call.isOwner };
  const found = await findVisibleTask(run, { reference: request.reference, viewer });
  if ("error" in found) return replies.errorText(found.error, context);
  const { task } = found;
  if (request.kind === "show") return replies.taskText(task, context);
  const result = await execute(run, { request, taskId: task.taskId, by: `${context.word} in ${call.channel}` });
  if ("error" in result) return replies.errorText(result.error, context);
  if (request.kind === "cancel") return replies.cancelText(result.document, context);
  return request.kind === "notify"
    ? replies.notifyText(result.document)
    : replies.deliveryActionText(result.document, context);
}

function execute(
  run: CliRunner,
  asked: { request: SingleTaskRequest; taskId: string; by: string },
): Promise<CommandResult> {
  const { request, taskId, by } = asked;
  switch (request.kind) {
    case "cancel":
      return cancelTask(run, { reference: taskId, reason: request.reason ?? by, waitMs: CANCEL_WAIT_MS });
    case "notify":
      return runCommand(run, { command: "tasks notify", values: [taskId, request.policy] });
    case "dismiss":
      return runCommand(run, { command: "tasks dismiss", options: { reason: request.reason ?? by }, values: [taskId] });
    default:
      return runCommand(run, { command: "tasks retry", values: [taskId] });
  }
}
