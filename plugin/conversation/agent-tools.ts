import {
  BLOCK_REASONS,
  type OperationError,
  plainText,
  STATABLE_PHASES,
  type TaskRecord,
} from "../../registry-helper/internal.ts";
import type { AgentTool, ToolCaller } from "../host/register/register-tools.ts";
import { type HostRecord, textIn } from "../host/untyped-fields.ts";
import { cancelTask } from "../operations/cancel-task.ts";
import { callAs, type OperationCaller } from "../operations/operation-caller.ts";
import {
  type Viewer,
  listVisibleTasks,
  findVisibleTask,
  canSee,
  type VisibleTask,
} from "../operations/visible-tasks.ts";

/** Tasks in one list: a model reads all of it. */
const MAX_LISTED = 20;
const MAX_RESULT_LENGTH = 4_000;
/** How long an agent's turn waits for work to be stopped. */
const CANCEL_WAIT_MS = 5_000;

const REF = { type: "string", description: "Task id, run id or child session key." };

/** What an agent can do about detached work. Every turn pays for these words: keep them few. */
export function agentTools(call: OperationCaller): AgentTool[] {
  return [
    {
      name: "clawtask_tasks",
      label: "Tasks",
      description: "List background tasks this session started or works on, or show one with its result.",
      parameters: objectSchema({
        ref: { ...REF, description: "Show this task: id, run id or child session key." },
        open: { type: "boolean", description: "Only unfinished ones." },
        search: { type: "string" },
      }),
      answer: (params, caller) => answerTasks(callFrom(caller, call), params, toViewer(caller)),
    },
    {
      name: "clawtask_report",
      label: "Report on a task",
      description:
        "Report how your own task stands, at each new phase, when blocked, and with files made. People see it at once.",
      parameters: objectSchema({
        ref: { ...REF, description: "Default: the task this session works on." },
        phase: { type: "string", enum: [...STATABLE_PHASES] },
        block: { type: "string", enum: [...BLOCK_REASONS, "none"], description: "What holds it up." },
        update: { type: "string", description: "Latest progress, one line." },
        next: { type: "string", description: "What somebody should do." },
        artifacts: { type: "array", items: { type: "string" }, description: "Paths." },
      }),
      answer: (params, caller) => answerReport(callFrom(caller, call), params, toViewer(caller)),
    },
    {
      name: "clawtask_cancel",
      label: "Cancel a task",
      description: "Stop a running background task.",
      parameters: objectSchema({ ref: REF, reason: { type: "string" } }, ["ref"]),
      answer: (params, caller) => handleCancel(callFrom(caller, call), params, toViewer(caller)),
    },
  ];
}

function callFrom({ sessionKey }: ToolCaller, call: OperationCaller): OperationCaller {
  return callAs(sessionKey, call, { via: "tool", ...(sessionKey === undefined ? {} : { session: sessionKey }) });
}

function objectSchema(properties: object, required: readonly string[] = []): object {
  return { type: "object", additionalProperties: false, properties, ...(required.length > 0 ? { required } : {}) };
}

function toViewer({ sessionKey, isOwner }: ToolCaller): Viewer {
  return { sessionKey, seesAll: isOwner };
}

async function answerTasks(call: OperationCaller, params: HostRecord, viewer: Viewer): Promise<object> {
  const reference = textIn(params, "ref");
  if (reference !== undefined) {
    const found = await findVisibleTask(call, { reference, viewer });
    return "error" in found
      ? toErrorResult(found.error)
      : { ok: true, task: { ...summarize(found.task), ...texts(found.task) } };
  }
  const search = textIn(params, "search");
  const owner = viewer.seesAll ? undefined : (viewer.sessionKey ?? "");
  const filters = params["open"] === true ? [{ status: "running" }, { status: "queued" }] : [{}];
  const tasks: VisibleTask[] = [];
  for (const filter of filters) {
    const list = await listVisibleTasks(call, { ...filter, owner, search, limit: MAX_LISTED + 1 });
    if ("error" in list) return toErrorResult(list.error);
    tasks.push(...list.tasks.filter((task) => canSee(viewer, task)));
  }
  const own = await ownTask(call, viewer);
  const others = tasks.filter(({ taskId }) => taskId !== own?.taskId).slice(0, MAX_LISTED);
  return { ok: true, ...(own === undefined ? {} : { yours: summarize(own) }), tasks: others.map(summarize) };
}

/** What the calling session itself works on. */
async function ownTask(call: OperationCaller, { sessionKey }: Viewer): Promise<VisibleTask | undefined> {
  if (sessionKey === undefined) return undefined;
  const found = await findVisibleTask(call, { reference: sessionKey, viewer: { sessionKey, seesAll: false } });
  return "task" in found && found.task.childSessionKey === sessionKey ? found.task : undefined;
}

async function answerReport(call: OperationCaller, params: HostRecord, viewer: Viewer): Promise<object> {
  const reference = textIn(params, "ref");
  const found =
    reference === undefined ? await ownOrNone(call, viewer) : await findVisibleTask(call, { reference, viewer });
  if ("error" in found) return toErrorResult(found.error);
  const { artifacts } = params;
  const result = await call("tasks.report", {
    task: found.task.taskId,
    phase: textIn(params, "phase"),
    block: textIn(params, "block"),
    update: textIn(params, "update"),
    next: textIn(params, "next"),
    artifacts: Array.isArray(artifacts) ? artifacts.map(String) : undefined,
  });
  if ("error" in result) return toErrorResult(result.error);
  return { ok: true, task: summarize(result.document.task) };
}

async function ownOrNone(
  call: OperationCaller,
  viewer: Viewer,
): Promise<{ task: VisibleTask } | { error: OperationError }> {
  const task = await ownTask(call, viewer);
  if (task !== undefined) return { task };
  return { error: { code: "task_not_found", message: "this session works on no task", next: "give ref" } };
}

async function handleCancel(call: OperationCaller, params: HostRecord, viewer: Viewer): Promise<object> {
  const found = await findVisibleTask(call, { reference: textIn(params, "ref") ?? "", viewer });
  if ("error" in found) return toErrorResult(found.error);
  const result = await cancelTask(call, {
    task: found.task.taskId,
    reason: textIn(params, "reason"),
    waitMs: CANCEL_WAIT_MS,
  });
  return "error" in result ? toErrorResult(result.error) : result.document;
}

/** What a model needs to know of a task, without what is empty. */
function summarize(task: TaskRecord & Pick<VisibleTask, "view">): object {
  const { view } = task;
  return withoutEmpty({
    id: task.taskId,
    what: task.label ?? plainText(task.task ?? "", 120),
    runtime: task.runtime,
    status: task.status,
    phase: view.phase,
    blocked: view.blockReason,
    update: view.latestUpdate,
    next: view.suggestedAction,
    needsSomebody: view.answers.needsSomebody || null,
    delivery: task.delivery?.state ?? null,
    session: task.childSessionKey,
    createdAt: task.createdAt,
    endedAt: task.endedAt,
    error: task.errorSummary,
  });
}

function texts(task: VisibleTask): object {
  const cut = (text: string | null): string | null => (text === null ? null : plainText(text, MAX_RESULT_LENGTH));
  return withoutEmpty({ task: cut(task.task), result: cut(task.result), artifacts: task.artifacts });
}

function withoutEmpty(record: Record<string, unknown>): object {
  const isEmpty = (value: unknown): boolean =>
    value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(record).filter(([, value]) => !isEmpty(value)));
}

function toErrorResult(error: OperationError): object {
  return { ok: false, error };
}
