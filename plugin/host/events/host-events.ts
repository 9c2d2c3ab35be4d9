import type { DeliveryRoute, HostDelivery, TaskStep, TokenUsage } from "../../../registry-helper/internal.ts";
import type { CronJob } from "../actions/cron-jobs.ts";
import type { HostTaskRow } from "../actions/host-task-row.ts";
import { readRoute } from "../parse-route.ts";
import { flagIn, type HostRecord, numberIn, recordIn, textIn, withoutGaps } from "../untyped-fields.ts";
import type { CronEnd, CronRun } from "./cron-events.ts";

/** What the host tells about detached work, in our words, whichever copy of the plugin heard it. */
export type HostEvent =
  | { kind: "spawn_accepted"; spawn: SpawnFacts }
  | {
      kind: "spawn_rejected";
      toolCallId: string;
      requesterSessionKey: string | undefined;
      label: string | undefined;
      task: string | undefined;
      error: string;
    }
  | { kind: "child_started"; source: string; spawn: SpawnFacts }
  /** The host is about to announce a child, and asks where: it names the requester's conversation. */
  | { kind: "announcement_addressed"; spawn: SpawnFacts }
  | { kind: "child_progress_ended"; spawn: SpawnFacts; outcome: string | undefined; error: string | undefined }
  | { kind: "child_ended"; spawn: SpawnFacts; outcome: string | undefined; error: string | undefined }
  | { kind: "turn_started"; runId: string; sessionKey: string | undefined; sessionId?: string }
  | { kind: "turn_ended"; turn: TurnEnd }
  | { kind: "message_sent"; message: SentMessage }
  | { kind: "command_ran"; sessionKey: string | undefined }
  | { kind: "process_started"; process: BackgroundProcess }
  /** A picture, film or piece of music that is being made. Asking again for it names the same task. */
  | { kind: "media_started"; media: MediaJob }
  /** What the scheduler's hook told, as it came. */
  | { kind: "cron_changed"; value: unknown }
  /** @param job whom it belongs to, when the host could still tell */
  | { kind: "cron_started"; run: CronRun; job: CronJob | undefined }
  | { kind: "cron_finished"; run: CronRun; job: CronJob | undefined; end: CronEnd }
  /**
   * A row of the host's own ledger: live, as it was broadcast, or read when both ledgers are compared.
   * `route`: where the requester's conversation was at that moment; `result`: its whole text, and `hostDelivery`: what
   * became of it, when they were asked for.
   */
  | {
      kind: "host_row";
      row: HostTaskRow;
      isLive: boolean;
      route?: DeliveryRoute;
      result?: string;
      hostDelivery?: HostDelivery;
    }
  /** Something that a run did, as the phase tracker understood it. */
  | {
      kind: "step";
      observed: { runId: string; sessionKey: string | undefined; step?: TaskStep; usage?: TokenUsage };
    };

export interface MediaJob {
  hostTaskId: string;
  /** What was asked for: the host's row keeps it, its broadcasts do not. */
  prompt: string | undefined;
  sessionKey: string | undefined;
  runId: string | undefined;
}

/** A command that an agent left running. */
export interface BackgroundProcess {
  processId: string;
  command: string | undefined;
  sessionKey: string | undefined;
  runId: string | undefined;
  /** Epoch milliseconds. */
  startedAt: number | undefined;
  route?: DeliveryRoute;
}

/** Everything that some event may tell about a child; each tells a part. */
export interface SpawnFacts {
  runId?: string;
  childSessionKey?: string;
  requesterSessionKey?: string;
  parentRunId?: string;
  label?: string;
  task?: string;
  agentId?: string;
  model?: string;
  route?: DeliveryRoute;
  wantsCompletion?: boolean;
  /** True when the result is for the session that asked alone, and no channel may see it. */
  isPrivate?: true;
}

/** The end of one agent run: the prompt, uniform terminal signal (`lifecycle`). */
export interface TurnEnd {
  runId: string;
  /** True when this is not the first turn of the run: the child was continued after its own children. */
  continued: boolean;
  sessionKey: string | undefined;
  /** When we heard of its beginning, in epoch milliseconds; left out when we did not. */
  startedAt?: number;
  /** Under this id the host keeps the transcript. */
  sessionId?: string;
  status: "succeeded" | "failed" | "timed_out" | "cancelled";
  text: string | undefined;
  error: string | undefined;
  /** `silent` when the model chose to say nothing. */
  disposition: string | undefined;
  /** What became of the words of an announcing turn; absent for direct messages. */
  delivery: "sent" | "suppressed" | "failed" | undefined;
}

export interface SentMessage {
  channel: string | undefined;
  to: string | undefined;
  content: string;
  success: boolean;
  error: string | undefined;
  messageId: string | undefined;
  sessionKey: string | undefined;
  /** `announce:v1:<childSessionKey>:<childRunId>` when it announces a child (groups and topics only). */
  runId: string | undefined;
}

function runIdIn(record: HostRecord): string | undefined {
  const runId = textIn(record, "runId");
  return runId === undefined ? undefined : originalRunId(runId);
}

function spawnFacts(event: HostRecord, ctx: HostRecord): SpawnFacts {
  const requesterSessionKey = textIn(ctx, "requesterSessionKey") ?? textIn(event, "requesterSessionKey");
  return withoutGaps({
    runId: runIdIn(event) ?? runIdIn(ctx),
    childSessionKey:
      textIn(event, "childSessionKey") ?? textIn(ctx, "childSessionKey") ?? textIn(event, "targetSessionKey"),
    requesterSessionKey,
    label: textIn(event, "label"),
    agentId: textIn(event, "agentId"),
    model: textIn(event, "resolvedModel"),
    route: readRoute(event["requester"], requesterSessionKey),
  });
}

export function readSubagentSpawned(event: unknown, ctx: unknown): HostEvent {
  return { kind: "child_started", source: "subagent_spawned", spawn: spawnFacts(recordIn(event), recordIn(ctx)) };
}

export function readSubagentProgress(event: unknown, ctx: unknown): HostEvent {
  const record = recordIn(event);
  const spawn = spawnFacts(record, recordIn(ctx));
  if (textIn(record, "phase") !== "ended") return { kind: "child_started", source: "subagent_progress", spawn };
  return { kind: "child_progress_ended", spawn, outcome: textIn(record, "outcome"), error: textIn(record, "error") };
}

/** `subagent_delivery_target`: all that tells of the route of a visible child, which no other hook announces. */
export function readDeliveryTarget(event: unknown, ctx: unknown): HostEvent {
  const record = recordIn(event);
  const facts = spawnFacts(record, recordIn(ctx));
  const runId = textIn(record, "childRunId") ?? facts.runId;
  const route = readRoute(record["requesterOrigin"], facts.requesterSessionKey);
  const spawn = withoutGaps({ ...facts, runId: runId === undefined ? undefined : originalRunId(runId), route });
  return { kind: "announcement_addressed", spawn: spawn };
}

export function readSubagentEnded(event: unknown, ctx: unknown): HostEvent {
  const record = recordIn(event);
  return {
    kind: "child_ended",
    spawn: spawnFacts(record, recordIn(ctx)),
    outcome: textIn(record, "outcome"),
    error: textIn(record, "error"),
  };
}

/** `after_tool_call`: spawns carry the task text, which nothing else tells; `exec` may have changed a run. */
export function readToolCall(event: unknown, ctx: unknown): HostEvent | undefined {
  const record = recordIn(event);
  const context = recordIn(ctx);
  const sessionKey = textIn(context, "sessionKey");
  const tool = textIn(record, "toolName");
  if (tool === "exec") return readProcess(record, context) ?? { kind: "command_ran", sessionKey };
  if (tool !== undefined && MEDIA_TOOL.test(tool)) return readMedia(record, context);
  if (tool !== "sessions_spawn") return undefined;

  const params = recordIn(record["params"]);
  const details = recordIn(recordIn(record["result"])["details"]);
  const task = textIn(params, "task");
  const label = textIn(params, "label");
  const runId = textIn(details, "runId");
  if (runId === undefined || textIn(details, "status") === "error") {
    const error =
      textIn(record, "error") ?? textIn(details, "error") ?? textIn(details, "errorCode") ?? "the spawn was rejected";
    const toolCallId =
      textIn(record, "toolCallId") ??
      textIn(context, "toolCallId") ??
      `${textIn(context, "runId") ?? ""}:${task ?? ""}`;
    return { kind: "spawn_rejected", toolCallId, requesterSessionKey: sessionKey, label, task, error };
  }
  const spawn = withoutGaps({
    runId,
    childSessionKey: textIn(details, "childSessionKey"),
    requesterSessionKey: sessionKey,
    parentRunId: textIn(context, "runId"),
    label,
    task,
    agentId: textIn(params, "agentId"),
    wantsCompletion: flagIn(details, "expectsCompletionMessage"),
    isPrivate: textIn(params, "completionTarget") === "parent" ? true : undefined,
  }) as SpawnFacts;
  return { kind: "spawn_accepted", spawn };
}

const MEDIA_TOOL = /^(image|video|music)_generate$/;

function readMedia(record: HostRecord, context: HostRecord): HostEvent | undefined {
  const details = recordIn(recordIn(record["result"])["details"]);
  const hostTaskId = textIn(details, "taskId") ?? textIn(recordIn(details["task"]), "taskId");
  if (hostTaskId === undefined) return undefined;
  const prompt = textIn(recordIn(record["params"]), "prompt");
  const [sessionKey, runId] = [textIn(context, "sessionKey"), textIn(context, "runId")];
  return { kind: "media_started", media: { hostTaskId, prompt, sessionKey, runId } };
}

/** An `exec` that goes on in the background. */
function readProcess(record: HostRecord, context: HostRecord): HostEvent | undefined {
  const details = recordIn(recordIn(record["result"])["details"]);
  const processId = textIn(details, "sessionId");
  if (textIn(details, "status") !== "running" || processId === undefined) return undefined;
  return {
    kind: "process_started",
    process: {
      processId,
      command: textIn(recordIn(record["params"]), "command"),
      sessionKey: textIn(context, "sessionKey"),
      runId: textIn(context, "runId"),
      startedAt: numberIn(details, "startedAt"),
    },
  };
}

/** An agent event of the stream `lifecycle`. First terminal wins; a cancelled run often tells two. */
export function readLifecycle(value: unknown): HostEvent | undefined {
  const event = recordIn(value);
  const data = recordIn(event["data"]);
  const runId = runIdIn(event);
  const phase = textIn(data, "phase");
  if (textIn(event, "stream") !== "lifecycle" || runId === undefined) return undefined;
  const sessionKey = textIn(event, "sessionKey");
  const sessionId = textIn(event, "sessionId");
  if (phase === "start") return withoutGaps({ kind: "turn_started", runId, sessionKey, sessionId });
  if (phase !== "end" && phase !== "error") return undefined;
  const reply = recordIn(data["terminalReply"]);
  const delivery = textIn(recordIn(data["terminalDelivery"]), "status");
  return {
    kind: "turn_ended",
    turn: {
      runId,
      continued: !runId.startsWith("announce:") && runId !== textIn(event, "runId"),
      sessionKey,
      ...(sessionId === undefined ? {} : { sessionId }),
      status: parseStatus(phase, data),
      text: textIn(reply, "text"),
      error: textIn(data, "error"),
      disposition: textIn(reply, "disposition"),
      delivery: delivery === "sent" || delivery === "suppressed" || delivery === "failed" ? delivery : undefined,
    },
  };
}

/** An ACP child that ran out of time is told as aborted now and then: its error says what it was. */
const ACP_TIMEOUT = /\bACP turn timed out\b/;

function parseStatus(phase: "end" | "error", data: HostRecord): TurnEnd["status"] {
  if (phase === "error" && ACP_TIMEOUT.test(textIn(data, "error") ?? "")) return "timed_out";
  if (flagIn(data, "aborted") === true || textIn(data, "status") === "cancelled") return "cancelled";
  if (phase === "end") return "succeeded";
  return textIn(data, "timeoutPhase") !== undefined || textIn(data, "stopReason") === "timeout"
    ? "timed_out"
    : "failed";
}

export function readMessageSent(event: unknown, ctx: unknown): HostEvent {
  const record = recordIn(event);
  const context = recordIn(ctx);
  return {
    kind: "message_sent",
    message: {
      channel: textIn(context, "channelId"),
      to: textIn(record, "to") ?? textIn(context, "conversationId"),
      content: textIn(record, "content") ?? "",
      success: record["success"] === true,
      error: textIn(record, "error"),
      messageId: textIn(record, "messageId") ?? textIn(context, "messageId"),
      sessionKey: textIn(record, "sessionKey") ?? textIn(context, "sessionKey"),
      runId: runIdIn(record) ?? runIdIn(context),
    },
  };
}

/**
 * A child whose turn ended while its own children still work is continued by the host under a new run id,
 * `announce:v1:<childSessionKey>:<runId>:wake`, as often as it takes; announcements of it are named after
 * that id. For the ledger it is one piece of work: the id that it began with.
 */
const WAKE = /announce:v1:(?:(?!announce:v1:).)+?:([^:]+):wake/;

/** The run id without the host's continuations. */
export function originalRunId(runId: string): string {
  let plain = runId;
  for (let next = unwrapped(plain); next !== plain; next = unwrapped(plain)) plain = next;
  return plain;
}

function unwrapped(runId: string): string {
  return runId.replace(WAKE, "$1");
}

/** A turn in which the host hands over several results, or one that it could not announce on its own. */
const SETTLING = "announce:requester-settle:";

/**
 * Whether a turn of this id tells a requester of this child run: `announce:v1:<childSessionKey>:<runId>`, or
 * `announce:requester-settle:<agent>:<requesterSessionKey>:<runId>,<runId>...`, each with a suffix when it is
 * not the first try.
 */
export function isAnnouncementFor(
  turnRunId: string,
  child: { sessionKey: string | null; runId: string | null },
): boolean {
  const { sessionKey, runId } = child;
  if (runId === null) return false;
  const own = `announce:v1:${sessionKey ?? ""}:${runId}`;
  if (turnRunId === own || turnRunId.startsWith(`${own}:`)) return true;
  return turnRunId.startsWith(SETTLING) && turnRunId.slice(SETTLING.length).split(/[:,]/).includes(runId);
}
