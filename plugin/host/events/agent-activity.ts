import { type HostRecord, numberIn, recordIn, textIn } from "../untyped-fields.ts";
import { originalRunId } from "./host-events.ts";

/** Something that a running agent did, as the host's agent events tell it. */
export type AgentActivity = { runId: string; sessionKey: string | undefined } & (
  | { kind: "tool"; tool: string; args: HostRecord }
  | { kind: "approval_asked"; what: string }
  | { kind: "approval_answered" }
  /** Tokens that the run has put out so far. */
  | { kind: "usage"; output: number }
  /** A tool call inside an external agent (ACP): only its title is known. */
  | { kind: "external_tool"; title: string }
);

/** Streams of agent events that tell of activity. */
export const ACTIVITY_STREAMS = ["tool", "approval", "usage", "acp"];

/** Reads one agent event; undefined when it tells of no step. */
export function readActivity(value: unknown): AgentActivity | undefined {
  const event = recordIn(value);
  const hostRunId = textIn(event, "runId");
  if (hostRunId === undefined) return undefined;
  const source = { runId: originalRunId(hostRunId), sessionKey: textIn(event, "sessionKey") };
  const data = recordIn(event["data"]);
  switch (textIn(event, "stream")) {
    case "tool": {
      const tool = textIn(data, "name");
      if (textIn(data, "phase") !== "start" || tool === undefined) return undefined;
      return { ...source, kind: "tool", tool, args: recordIn(data["args"]) };
    }
    case "approval": {
      const isAsked = textIn(data, "phase") === "requested" && textIn(data, "status") === "pending";
      const what = textIn(data, "command") ?? textIn(data, "title") ?? "a command";
      return isAsked ? { ...source, kind: "approval_asked", what } : { ...source, kind: "approval_answered" };
    }
    case "usage": {
      const output = numberIn(data, "outputTokens");
      return output === undefined ? undefined : { ...source, kind: "usage", output };
    }
    case "acp": {
      const title = textIn(data, "title");
      const isCall = textIn(data, "eventType") === "tool_call" && title !== undefined;
      return isCall ? { ...source, kind: "external_tool", title } : undefined;
    }
    default:
      return undefined;
  }
}
