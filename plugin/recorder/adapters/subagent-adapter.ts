import type { TaskRuntime, TerminalTaskStatus } from "../../../registry-helper/internal.ts";
import type { HostEvent, SpawnFacts } from "../../host/events/host-events.ts";
import { type ObservedSignal, callName, runName, sessionName } from "./signals.ts";

/** Child sessions are named `agent:<id>:subagent:<uuid>` and `agent:<id>:acp:<uuid>`. */
const ACP_SESSION = /^agent:[^:]*:acp:/;
/** Turns in which the host announces a child's end to its requester. */
const ANNOUNCE_RUN = /^announce:/;

const STATUS_OF_OUTCOME: Readonly<Record<string, TerminalTaskStatus>> = {
  ok: "succeeded",
  error: "failed",
  timeout: "timed_out",
  killed: "cancelled",
  deleted: "cancelled",
};

/**
 * Translates what the host tells about subagents and ACP children into signals for the ledger. Order does
 * not matter; nothing is decided here.
 */
export function subagentSignals(event: HostEvent): ObservedSignal[] {
  switch (event.kind) {
    case "spawn_accepted":
      return [toSignal("after_tool_call", event.spawn, { mayCreate: true })];
    case "child_started":
      return [toSignal(event.source, event.spawn, { mayCreate: true, started: true })];
    case "announcement_addressed":
      return [toSignal("subagent_delivery_target", event.spawn, { mayCreate: false })];
    case "child_progress_ended":
      return [toSignal("subagent_progress", event.spawn, { mayCreate: true, ...toEnding(event.outcome, event.error) })];
    case "child_ended":
      return [toSignal("subagent_ended", event.spawn, { mayCreate: false, ...toEnding(event.outcome, event.error) })];
    case "spawn_rejected":
      return [rejected(event)];
    case "turn_started":
      return ANNOUNCE_RUN.test(event.runId)
        ? []
        : [
            {
              source: "lifecycle",
              names: [runName(event.runId)],
              facts: getTranscriptFacts(event),
              mayCreate: false,
              started: true,
            },
          ];
    case "turn_ended": {
      const { turn } = event;
      if (ANNOUNCE_RUN.test(turn.runId)) return [];
      const ending = {
        status: turn.status,
        ...(turn.text === undefined ? {} : { result: turn.text }),
        ...(turn.error === undefined ? {} : { error: turn.error }),
        ...(turn.continued ? { supersedes: true } : {}),
      };
      return [
        {
          source: "lifecycle",
          names: [runName(turn.runId)],
          facts: getTranscriptFacts(turn),
          mayCreate: false,
          ending,
        },
      ];
    }
    default:
      return [];
  }
}

/** The session id of the worker, under which its transcript lies. */
function getTranscriptFacts({ sessionId }: { sessionId?: string }): ObservedSignal["facts"] {
  return sessionId === undefined ? {} : { sessionId };
}

function toSignal(
  source: string,
  spawn: SpawnFacts,
  rest: Pick<ObservedSignal, "mayCreate" | "started" | "ending">,
): ObservedSignal {
  const { childSessionKey, runId } = spawn;
  const names = [
    ...(runId === undefined ? [] : [runName(runId)]),
    ...(childSessionKey === undefined ? [] : [sessionName(childSessionKey)]),
  ];
  return { source, names, facts: { ...spawn, runtime: getRuntime(childSessionKey) }, ...rest };
}

function getRuntime(childSessionKey: string | undefined): TaskRuntime {
  return childSessionKey !== undefined && ACP_SESSION.test(childSessionKey) ? "acp" : "subagent";
}

function toEnding(outcome: string | undefined, error: string | undefined): Pick<ObservedSignal, "ending"> {
  const status = STATUS_OF_OUTCOME[outcome ?? ""] ?? "failed";
  return { ending: { status, ...(error === undefined || status === "cancelled" ? {} : { error }) } };
}

/** The agent that asked has got the refusal as the answer of its tool call: nobody else waits for it. */
function rejected(event: Extract<HostEvent, { kind: "spawn_rejected" }>): ObservedSignal {
  const { requesterSessionKey, label, task, error } = event;
  return {
    source: "after_tool_call",
    names: [callName(event.toolCallId)],
    facts: {
      runtime: "subagent",
      wantsCompletion: false,
      ...(requesterSessionKey === undefined ? {} : { requesterSessionKey }),
      ...(label === undefined ? {} : { label }),
      ...(task === undefined ? {} : { task }),
    },
    ending: { status: "failed", error },
    mayCreate: true,
  };
}
