/**
 * What the real host tells, as it was recorded on 2026.9.6 (a spawn in a forum topic of Telegram). Each
 * sample is the event and the context of one hook call.
 */
export const CHILD = "agent:main:subagent:4f9b0fac-0000-4000-8000-000000000001";
export const CHILD_RUN = "6ddd0f33-0000-4000-8000-000000000002";
export const PARENT_RUN = "0a1b2c3d-0000-4000-8000-000000000003";
export const REQUESTER = "agent:main:telegram:group:-100123:topic:77";
export const ANNOUNCE_RUN = `announce:v1:${CHILD}:${CHILD_RUN}`;
export const ROUTE = {
  channel: "telegram",
  to: "telegram:-100123:topic:77",
  accountId: "default",
  threadId: 77,
  sessionKey: REQUESTER,
};

const CONTEXT = { runId: CHILD_RUN, childSessionKey: CHILD, requesterSessionKey: REQUESTER };
const ORIGIN = { channel: "telegram", accountId: "default", to: "telegram:-100123:topic:77", threadId: 77 };

export const SPAWNED = {
  event: {
    runId: CHILD_RUN,
    childSessionKey: CHILD,
    agentId: "main",
    label: "tg-topic-job",
    requester: ORIGIN,
    threadRequested: false,
    mode: "run",
    resolvedModel: "mock/mock-1",
    resolvedProvider: "mock",
  },
  ctx: CONTEXT,
};

export const PROGRESS_STARTED = {
  event: {
    phase: "started",
    runId: CHILD_RUN,
    childSessionKey: CHILD,
    requester: { ...ORIGIN, channelId: "-100123", messageId: "5" },
  },
  ctx: CONTEXT,
};

export const PROGRESS_ENDED = {
  event: { phase: "ended", runId: CHILD_RUN, childSessionKey: CHILD, outcome: "timeout", error: "took too long" },
  ctx: CONTEXT,
};

export const ENDED = {
  event: {
    targetSessionKey: CHILD,
    targetKind: "subagent",
    reason: "subagent-complete",
    sendFarewell: true,
    accountId: "default",
    runId: CHILD_RUN,
    endedAt: 1795214738017,
    outcome: "ok",
  },
  ctx: CONTEXT,
};

/** After `sessions.delete` of the child: no run id anywhere. */
export const ENDED_BY_DELETION = {
  event: { targetSessionKey: CHILD, targetKind: "subagent", reason: "session-delete", outcome: "deleted" },
  ctx: { childSessionKey: CHILD, requesterSessionKey: REQUESTER },
};

export const SPAWN_CALL = {
  event: {
    toolName: "sessions_spawn",
    toolCallId: "call-1",
    params: { task: "Count the sheep.\nTwice.", label: "tg-topic-job" },
    result: {
      content: [],
      details: {
        status: "accepted",
        childSessionKey: CHILD,
        runId: CHILD_RUN,
        mode: "run",
        expectsCompletionMessage: true,
        context: "isolated",
      },
    },
  },
  ctx: { sessionKey: REQUESTER, runId: PARENT_RUN, toolCallId: "call-1" },
};

export const REJECTED_CALL = {
  event: {
    toolName: "sessions_spawn",
    toolCallId: "call-2",
    params: { task: "Ask nobody.", label: "nobody", agentId: "nobody" },
    error: "Unknown agent id",
    result: { details: { status: "error", errorCode: "dispatch_failed", error: "Unknown agent id: nobody" } },
  },
  ctx: { sessionKey: REQUESTER, runId: PARENT_RUN, toolCallId: "call-2" },
};

export const EXEC_CALL = {
  event: { toolName: "exec", params: { command: "ls" }, result: { details: { status: "completed" } } },
  ctx: { sessionKey: REQUESTER, runId: PARENT_RUN },
};

/** An agent event of the stream `lifecycle`. */
export function lifecycle(data: object, runId = CHILD_RUN, sessionKey = CHILD): object {
  return { runId, stream: "lifecycle", sessionKey, sessionId: "179a", agentId: "main", seq: 7, ts: 1, data };
}

export const LIFECYCLE_START = lifecycle({ phase: "start", startedAt: 1 });
export const LIFECYCLE_END = lifecycle({
  phase: "end",
  startedAt: 1,
  endedAt: 2,
  aborted: false,
  stopReason: "stop",
  executionSettled: true,
  terminalReply: { disposition: "visible", text: "child-result-topic" },
});

/** The announcement of the child's result in the requester's topic. */
export const ANNOUNCED = {
  event: { to: "telegram:-100123:topic:77", content: "announced: child-result-topic", success: true, messageId: "12" },
  ctx: {
    channelId: "telegram",
    accountId: "default",
    conversationId: "telegram:-100123:topic:77",
    sessionKey: REQUESTER,
    runId: ANNOUNCE_RUN,
  },
};
