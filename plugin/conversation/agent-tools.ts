import { BLOCK_REASONS, plainText, STATABLE_PHASES } from "../../registry-helper/index.ts";
import { type HostRecord, textIn } from "../host/untyped-fields.ts";
import type { AgentTool, ToolCaller } from "../host/register/register-tools.ts";
import { cancelTask } from "../commands/cancel-task.ts";
import { type CommandLine, inNameOf, runVerb, type VerbError } from "../commands/run-command.ts";
import { type Asker, listed, lookUp, maySee, type ShownTask } from "../commands/visible-tasks.ts";

/** Tasks in one list: a model reads all of it. */
const MOST_LISTED = 20;
const MAX_RESULT_LENGTH = 4_000;
/** How long an agent's turn waits for work to be stopped. */
const CANCEL_WAIT_MS = 5_000;

const REF = { type: "string", description: "Task id, run id or child session key." };

/** What an agent can do about detached work. Every turn pays for these words: keep them few. */
export function agentTools(run: CommandLine): AgentTool[] {
  return [
    {
      name: "clawtask_tasks",
      label: "Tasks",
      description: "List background tasks this session started or works on, or show one with its result.",
      parameters: objectOf({
        ref: { ...REF, description: "Show this task: id, run id or child session key." },
        open: { type: "boolean", description: "Only unfinished ones." },
        search: { type: "string" },
      }),
      answer: (params, caller) => answerTasks(inNameOf(caller.sessionKey, run), params, askerOf(caller)),
    },
    {
      name: "clawtask_report",
      label: "Report on a task",
      description:
        "Report how your own task stands, at each new phase, when blocked, and with files made. People see it at once.",
      parameters: objectOf({
        ref: { ...REF, description: "Default: the task this session works on." },
        phase: { type: "string", enum: [...STATABLE_PHASES] },
        block: { type: "string", enum: [...BLOCK_REASONS, "none"], description: "What holds it up." },
        update: { type: "string", description: "Latest progress, one line." },
        next: { type: "string", description: "What somebody should do." },
        artifacts: { type: "array", items: { type: "string" }, description: "Paths." },
      }),
      answer: (params, caller) => answerReport(inNameOf(caller.sessionKey, run), params, askerOf(caller)),
    },
    {
      name: "clawtask_cancel",
      label: "Cancel a task",
      description: "Stop a running background task.",
      parameters: objectOf({ ref: REF, reason: { type: "string" } }, ["ref"]),
      answer: (params, caller) => answerCancel(inNameOf(caller.sessionKey, run), params, askerOf(caller)),
    },
  ];
}

function objectOf(properties: object, required: readonly string[] = []): object {
  return { type: "object", additionalProperties: false, properties, ...(required.length > 0 ? { required } : {}) };
}

function askerOf({ sessionKey, isOwner }: ToolCaller): Asker {
  return { sessionKey, seesAll: isOwner };
}

async function answerTasks(run: CommandLine, params: HostRecord, asker: Asker): Promise<object> {
  const reference = textIn(params, "ref");
  if (reference !== undefined) {
    const found = await lookUp(run, { reference, asker });
    return "error" in found ? refusal(found.error) : { ok: true, task: { ...brief(found.task), ...texts(found.task) } };
  }
  const search = textIn(params, "search");
  const owner = asker.seesAll ? undefined : (asker.sessionKey ?? "");
  const filters = params["open"] === true ? [{ status: "running" }, { status: "queued" }] : [{}];
  const tasks: ShownTask[] = [];
  for (const filter of filters) {
    const list = await listed(run, { ...filter, owner, search, limit: MOST_LISTED });
    if ("error" in list) return refusal(list.error);
    tasks.push(...list.tasks.filter((task) => maySee(asker, task)));
  }
  const own = await ownTask(run, asker);
  const others = tasks.filter(({ taskId }) => taskId !== own?.taskId).slice(0, MOST_LISTED);
  return { ok: true, ...(own === undefined ? {} : { yours: brief(own) }), tasks: others.map(brief) };
}

/** What the calling session itself works on. */
async function ownTask(run: CommandLine, { sessionKey }: Asker): Promise<ShownTask | undefined> {
  if (sessionKey === undefined) return undefined;
  const found = await lookUp(run, { reference: sessionKey, asker: { sessionKey, seesAll: false } });
  return "task" in found && found.task.childSessionKey === sessionKey ? found.task : undefined;
}

async function answerReport(run: CommandLine, params: HostRecord, asker: Asker): Promise<object> {
  const reference = textIn(params, "ref");
  const found = reference === undefined ? await ownOrNone(run, asker) : await lookUp(run, { reference, asker });
  if ("error" in found) return refusal(found.error);
  const { artifacts } = params;
  const result = await runVerb(run, {
    verb: "tasks report",
    options: {
      phase: textIn(params, "phase"),
      block: textIn(params, "block"),
      update: textIn(params, "update"),
      next: textIn(params, "next"),
      artifact: Array.isArray(artifacts) ? artifacts.map(String) : undefined,
    },
    values: [found.task.taskId],
  });
  if ("error" in result) return refusal(result.error);
  return { ok: true, task: brief(result.document["task"] as ShownTask) };
}

async function ownOrNone(run: CommandLine, asker: Asker): Promise<{ task: ShownTask } | { error: VerbError }> {
  const task = await ownTask(run, asker);
  if (task !== undefined) return { task };
  return { error: { code: "task_not_found", message: "this session works on no task", next: "give ref" } };
}

async function answerCancel(run: CommandLine, params: HostRecord, asker: Asker): Promise<object> {
  const found = await lookUp(run, { reference: textIn(params, "ref") ?? "", asker });
  if ("error" in found) return refusal(found.error);
  const result = await cancelTask(run, {
    reference: found.task.taskId,
    reason: textIn(params, "reason"),
    waitMs: CANCEL_WAIT_MS,
  });
  return "error" in result ? refusal(result.error) : result.document;
}

/** What a model needs to know of a task, without what is empty. */
function brief(task: ShownTask): object {
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

function texts(task: ShownTask): object {
  const cut = (text: string | null): string | null => (text === null ? null : plainText(text, MAX_RESULT_LENGTH));
  return withoutEmpty({ task: cut(task.task), result: cut(task.result), artifacts: task.artifacts });
}

function withoutEmpty(record: Record<string, unknown>): object {
  const isEmpty = (value: unknown): boolean =>
    value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(record).filter(([, value]) => !isEmpty(value)));
}

function refusal(error: VerbError): object {
  return { ok: false, error };
}
