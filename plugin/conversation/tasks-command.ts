import type { AttentionItem } from "../../registry-helper/index.ts";
import type { CommandCall } from "../host/register/register-command.ts";
import { cancelTask } from "../commands/cancel-task.ts";
import { type CommandLine, runVerb, type VerbResult } from "../commands/run-command.ts";
import { type Asker, listed, lookUp, maySee, type ShownTask } from "../commands/visible-tasks.ts";
import * as say from "./reply-text.ts";
import { parseCommand, type Wish } from "./parse-command.ts";

/** How long a person waits for work to be stopped before they are told that it is on its way. */
const CANCEL_WAIT_MS = 8_000;
/** Ended work that is looked through for a list; what goes on is always found. */
const RECENT = 50;
const MOST_ACTIVE = 50;

/** Answers `/tasks ...` in a conversation, without the model. */
export async function answerCommand(call: CommandCall, run: CommandLine): Promise<string> {
  const saying = { now: Date.now(), word: `/${call.word}` };
  const wish = parseCommand(call.args);
  switch (wish.kind) {
    case "help":
      return say.helpText(saying);
    case "unclear":
      return `I did not get that: ${wish.what}\n${say.helpText(saying)}`;
    case "list":
      return await answerList({ call, run, saying, all: wish.all });
    case "attention":
      return await answerAttention({ call, run, saying });
    default:
      return await answerAbout({ call, run, saying, wish });
  }
}

interface Answering {
  readonly call: CommandCall;
  readonly run: CommandLine;
  readonly saying: say.Saying;
}

/**
 * In a room that others read, a list shows what the room asked for; in private the owner gets everything.
 * Owners can ask for everything anywhere.
 */
async function answerList({ call, run, saying, all }: Answering & { all: boolean }): Promise<string> {
  const everything = call.isOwner && (all || !call.isShared);
  if (all && !call.isOwner) return "Only the owner of this gateway sees the work of other conversations.";
  const asker: Asker = { sessionKey: call.sessionKey, seesAll: everything };
  const owner = everything ? undefined : (call.sessionKey ?? "");
  const lists = await Promise.all([
    listed(run, { owner, status: "running", limit: MOST_ACTIVE }),
    listed(run, { owner, status: "queued", limit: MOST_ACTIVE }),
    listed(run, { owner, limit: RECENT }),
  ]);
  const tasks = new Map<string, ShownTask>();
  for (const list of lists) {
    if ("error" in list) return say.errorText(list.error, saying);
    // The beginning of a session's name stands for all that begin so: topic 7 must not see topic 77.
    for (const task of list.tasks) if (maySee(asker, task)) tasks.set(task.taskId, task);
  }
  const newestFirst = [...tasks.values()].sort((one, other) => (one.taskId < other.taskId ? 1 : -1));
  return say.listText(newestFirst, { ...saying, hereOnly: !everything });
}

async function answerAttention({ call, run, saying }: Answering): Promise<string> {
  const result = await runVerb(run, { verb: "attention", options: { limit: RECENT } });
  if ("error" in result) return say.errorText(result.error, saying);
  const items = result.document["items"] as AttentionItem[];
  if (call.isOwner && !call.isShared) return say.attentionText(items, saying);
  const asker = { sessionKey: call.sessionKey, seesAll: false };
  const mine = await Promise.all(
    items.map(async (item) => {
      if (item.subject.kind !== "task") return [];
      return "task" in (await lookUp(run, { reference: item.subject.id, asker })) ? [item] : [];
    }),
  );
  return say.attentionText(mine.flat(), saying);
}

type AboutOne = Extract<Wish, { reference: string }>;

async function answerAbout({ call, run, saying, wish }: Answering & { wish: AboutOne }): Promise<string> {
  const asker = { sessionKey: call.sessionKey, seesAll: call.isOwner };
  const found = await lookUp(run, { reference: wish.reference, asker });
  if ("error" in found) return say.errorText(found.error, saying);
  const { task } = found;
  if (wish.kind === "show") return say.taskText(task, saying);
  const result = await carryOut(run, { wish, taskId: task.taskId, by: `${saying.word} in ${call.channel}` });
  if ("error" in result) return say.errorText(result.error, saying);
  if (wish.kind === "cancel") return say.cancelText(result.document, saying);
  return wish.kind === "notify" ? say.notifyText(result.document) : say.settleText(result.document, saying);
}

function carryOut(run: CommandLine, asked: { wish: AboutOne; taskId: string; by: string }): Promise<VerbResult> {
  const { wish, taskId, by } = asked;
  switch (wish.kind) {
    case "cancel":
      return cancelTask(run, { reference: taskId, reason: wish.reason ?? by, waitMs: CANCEL_WAIT_MS });
    case "notify":
      return runVerb(run, { verb: "tasks notify", values: [taskId, wish.policy] });
    case "dismiss":
      return runVerb(run, { verb: "tasks dismiss", options: { reason: wish.reason ?? by }, values: [taskId] });
    default:
      return runVerb(run, { verb: "tasks retry", values: [taskId] });
  }
}
