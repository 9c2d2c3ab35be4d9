import { readTaskEvent } from "../../../plugin/host/actions/host-task-row.ts";
import { type AgentActivity, readActivity } from "../../../plugin/host/events/agent-activity.ts";
import {
  type HostEvent,
  readLifecycle,
  readSubagentProgress,
  readToolCall,
} from "../../../plugin/host/events/host-events.ts";
import { REQUESTER, ROUTE } from "./host-samples.ts";

/**
 * What the real host tells of one piece of work per runtime, as it was recorded on 2026.9.6, read by the
 * plugin's own readers. Each sample is made for a number, so that one ledger can hold many.
 */
export interface Sample {
  /** Everything that is told of it, in the order in which it came. */
  events: readonly HostEvent[];
}

export const NOON_MS = Date.UTC(2026, 10, 20, 12);
export const ORIGIN = { channel: ROUTE.channel, to: ROUTE.to, accountId: ROUTE.accountId, threadId: ROUTE.threadId };
export const uuid = (number: number, kind: string): string =>
  `${String(number).padStart(8, "0")}-0000-4000-8000-${kind}`;
export const is = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("the reader did not know the sample");
  return value;
};

/** A `task` broadcast. */
export function row(task: object, more: { route?: boolean } = {}): HostEvent {
  const event = is(readTaskEvent({ action: "upserted", task }));
  if (event.kind !== "row") throw new Error("no row");
  return { kind: "host_row", row: event.row, isLive: true, ...(more.route === true ? { route: ROUTE } : {}) };
}

export const lifecycle = (runId: string, sessionKey: string, data: object): HostEvent =>
  is(readLifecycle({ runId, stream: "lifecycle", sessionKey, agentId: "main", data }));
export const reply = (text: string): object => ({
  phase: "end",
  aborted: false,
  stopReason: "stop",
  terminalReply: { disposition: "visible", text },
});

export const times = (number: number): object => ({
  createdAt: NOON_MS + number,
  startedAt: NOON_MS + number,
  updatedAt: NOON_MS + 2_000 + number,
});

export function subagent(number: number, runtime: "subagent" | "acp" = "subagent"): Sample {
  const runId = uuid(number, `run-${runtime}`);
  const agent = runtime === "acp" ? "fake" : "main";
  const child = `agent:${agent}:${runtime}:${uuid(number, "child")}`;
  const base = {
    taskId: uuid(number, `row-${runtime}`),
    kind: runtime,
    runtime,
    title: "count",
    agentId: agent,
    sessionKey: REQUESTER,
    ownerKey: REQUESTER,
    childSessionKey: child,
    runId,
    sourceId: runId,
    ...times(number),
  };
  const details = { status: "accepted", childSessionKey: child, runId, mode: "run", expectsCompletionMessage: true };
  return {
    events: [
      readSubagentProgress(
        { phase: "started", runId, childSessionKey: child, requester: { ...ORIGIN, channelId: "-100123" } },
        { runId, childSessionKey: child, requesterSessionKey: REQUESTER },
      ),
      row({ ...base, status: "running", execution: { state: "running" }, deliveryStatus: "pending" }),
      is(
        readToolCall(
          {
            toolName: "sessions_spawn",
            toolCallId: `c${number}`,
            params: { task: "Count all sheep.", label: "count" },
            result: { details },
          },
          { sessionKey: REQUESTER, runId: "parent-run" },
        ),
      ),
      lifecycle(runId, child, reply("seven sheep")),
      row({
        ...base,
        status: "completed",
        execution: { state: "finished" },
        progressSummary: "seven sh",
        deliveryStatus: "delivered",
        endedAt: Date.now(),
      }),
    ],
  };
}

export function cli(number: number): Sample {
  const runId = uuid(number, "cli-run");
  const session = `agent:main:cli-${number}`;
  const base = {
    taskId: uuid(number, "cli-row"),
    kind: "cli",
    runtime: "cli",
    title: "count all sheep",
    agentId: "main",
    sessionKey: session,
    childSessionKey: session,
    ownerKey: session,
    runId,
    sourceId: runId,
    ...times(number),
    deliveryStatus: "not_applicable",
  };
  return {
    events: [
      row({ ...base, status: "running", execution: { state: "running" } }),
      lifecycle(runId, session, { phase: "start" }),
      lifecycle(runId, session, reply("seven sheep")),
      row({
        ...base,
        status: "completed",
        execution: { state: "finished" },
        terminalSummary: "completed",
        endedAt: Date.now(),
      }),
    ],
  };
}

export function exec(number: number): Sample {
  const slug = `young-dune-${number}`;
  const details = { status: "running", sessionId: slug, pid: 6311, startedAt: NOON_MS, cwd: "/", tail: "" };
  const call = { toolName: "exec", params: { command: "count --all" }, result: { details } };
  const started = is(readToolCall(call, { sessionKey: REQUESTER, runId: "parent-run" }));
  const base = {
    taskId: uuid(number, "exec-row"),
    kind: "exec",
    runtime: "cli",
    title: "count --all",
    agentId: "main",
    sessionKey: REQUESTER,
    ownerKey: REQUESTER,
    runId: `exec:${slug}`,
    sourceId: slug,
    ...times(number),
    deliveryStatus: "not_applicable",
  };
  return {
    events: [
      row({ ...base, status: "running", execution: { state: "running" } }),
      started,
      started.kind === "process_started" ? { ...started, process: { ...started.process, route: ROUTE } } : started,
      row({
        ...base,
        status: "completed",
        execution: { state: "finished" },
        terminalSummary: "Command completed",
        endedAt: Date.now(),
      }),
    ],
  };
}

export function media(number: number): Sample {
  const taskId = uuid(number, "media-row");
  const base = {
    taskId,
    kind: "image_generation",
    runtime: "cli",
    title: "Image generation",
    agentId: "main",
    sessionKey: REQUESTER,
    childSessionKey: REQUESTER,
    ownerKey: REQUESTER,
    runId: `tool:image_generate:${uuid(number, "tool")}`,
    sourceId: "image_generate:scripted",
    ...times(number),
    deliveryStatus: "not_applicable",
  };
  const call = (details: object): HostEvent =>
    is(
      readToolCall(
        { toolName: "image_generate", params: { prompt: "seven sheep" }, result: { details } },
        { sessionKey: REQUESTER, runId: "parent-run" },
      ),
    );
  return {
    events: [
      row(
        { ...base, status: "running", execution: { state: "running" }, progressSummary: "Generating image" },
        { route: true },
      ),
      call({ async: true, status: "started", taskId, task: { taskId } }),
      call({ async: true, status: "running", task: { taskId } }),
      lifecycle(`image_generate:${taskId}:ok:agent-loop`, REQUESTER, {
        ...reply("here it is"),
        terminalDelivery: { status: "sent" },
      }),
      row({
        ...base,
        status: "completed",
        execution: { state: "finished" },
        progressSummary: "Generated 1 image",
        terminalSummary: "Generated 1 image with scripted/scripted-1.",
        endedAt: Date.now(),
      }),
      lifecycle(`image_generate:${taskId}:ok:agent-loop`, REQUESTER, {
        phase: "end",
        terminalDelivery: { status: "sent" },
      }),
    ],
  };
}

/** An agent event of one of the streams that tell of activity. */
export const activity = (stream: string, data: object, runId = "run-1"): AgentActivity =>
  is(readActivity({ runId, stream, sessionKey: "agent:main:subagent:x", data }));
