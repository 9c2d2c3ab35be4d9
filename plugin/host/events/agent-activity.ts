import { type HostRecord, flagIn, numberIn, recordIn, textIn } from "../untyped-fields.ts";
import { originalRunId } from "./host-events.ts";

/** Something that a running agent did, as the host's agent events tell it. */
export type AgentActivity = { runId: string; sessionKey: string | undefined } & (
  | { kind: "tool"; tool: string; callId: string | undefined; args: HostRecord }
  | { kind: "tool_ended"; tool: string; callId: string | undefined; error: ToolError | undefined }
  /** The plan that an agent shows; the note is text. */
  | { kind: "plan"; steps: readonly { step: string; status: string }[]; note: string | undefined }
  /** `isCommand`: it is about a command to run, and about nothing else that wants a confirmation. */
  | { kind: "approval_asked"; what: string; isCommand: boolean }
  | { kind: "approval_answered" }
  /** Tokens that the run has put out so far. */
  | { kind: "usage"; output: number }
  /** A tool call inside an external agent (ACP), at its start and at its end: only its title is known. */
  | { kind: "external_tool"; title: string; hasEnded: boolean; error: ToolError | undefined }
);

/** Why a call failed, in the words of the tool. */
export interface ToolError {
  text: string;
  /** The status of the service's answer, where the tool tells it. */
  status: number | undefined;
}

/** Streams of agent events that tell of activity. */
export const ACTIVITY_STREAMS = ["tool", "approval", "usage", "acp", "plan"];

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
      const phase = textIn(data, "phase");
      const callId = textIn(data, "toolCallId");
      if (tool === undefined) return undefined;
      if (phase === "start") return { ...source, kind: "tool", tool, callId, args: recordIn(data["args"]) };
      return phase === "result" ? { ...source, kind: "tool_ended", tool, callId, error: readError(data) } : undefined;
    }
    case "plan":
      return { ...source, kind: "plan", steps: readPlanSteps(data["steps"]), note: textIn(data, "explanation") };
    case "approval": {
      const isAsked = textIn(data, "phase") === "requested" && textIn(data, "status") === "pending";
      const what = textIn(data, "command") ?? textIn(data, "title") ?? "a command";
      const isCommand = (textIn(data, "kind") ?? "exec") === "exec";
      return isAsked
        ? { ...source, kind: "approval_asked", what, isCommand }
        : { ...source, kind: "approval_answered" };
    }
    case "usage": {
      const output = numberIn(data, "outputTokens");
      return output === undefined ? undefined : { ...source, kind: "usage", output };
    }
    case "acp": {
      const title = textIn(data, "title");
      if (textIn(data, "eventType") !== "tool_call" || title === undefined) return undefined;
      const status = textIn(data, "status");
      const error = status === "failed" ? { text: textIn(data, "text") ?? title, status: undefined } : undefined;
      const hasEnded = status === "failed" || status === "completed";
      return { ...source, kind: "external_tool", title, hasEnded, error };
    }
    default:
      return undefined;
  }
}

/** The steps of a plan; an external harness may name them only. */
export function readPlanSteps(value: unknown): { step: string; status: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    if (typeof one === "string") return [{ step: one, status: "pending" }];
    const step = textIn(recordIn(one), "step");
    return step === undefined ? [] : [{ step, status: textIn(recordIn(one), "status") ?? "pending" }];
  });
}

/** A command that ended with another status than 0 failed as well, though its tool did not. */
function readError(data: HostRecord): ToolError | undefined {
  const result = recordIn(data["result"]);
  const details = recordIn(result["details"]);
  const hasFailed = flagIn(data, "isError") === true || (numberIn(details, "exitCode") ?? 0) !== 0;
  if (!hasFailed) return undefined;
  const [first] = Array.isArray(result["content"]) ? (result["content"] as unknown[]) : [];
  const words = [textIn(details, "error"), textIn(details, "aggregated"), textIn(recordIn(first), "text")];
  return {
    text: words.filter((one) => one !== undefined).join("\n"),
    status: numberIn(details, "statusCode") ?? numberIn(details, "status") ?? numberIn(details, "httpStatus"),
  };
}
