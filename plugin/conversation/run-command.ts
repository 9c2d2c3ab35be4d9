import type { RunState } from "../../registry-helper/internal.ts";
import { type CliRunner, runCommand, type CommandError } from "../commands/run-command.ts";
import type { ChatCommandCall } from "../host/register/register-command.ts";
import { parseRunCommand, parseNodeRequest, type RunChatRequest } from "./parse-run-command.ts";
import { controlText, isQuestion, runErrorText, runHelpText, runListText, runSummaryText } from "./run-reply-text.ts";

/** Runs that are looked through for a list. */
const MAX_RUNS = 50;

/** What the command answers from. */
export interface RunCommandSources {
  readonly run: CliRunner;
  /** A person changed something in this run: its agent is to know soon. */
  readonly onControl: (runId: string) => void;
}

/** Answers `/run ...` in a conversation, without the model. */
export async function handleRunCommand(call: ChatCommandCall, sources: RunCommandSources): Promise<string> {
  const request = parseRunCommand(call.args);
  switch (request.kind) {
    case "help":
      return runHelpText();
    case "unclear":
      return `I did not get that: ${request.what}\n${runHelpText()}`;
    case "list":
      return await answerList(call, sources.run);
    default:
      return await answerAbout(call, sources, request);
  }
}

/** In a room that others read, what the room asked for; in private the owner gets everything. */
async function answerList(call: ChatCommandCall, run: CliRunner): Promise<string> {
  const result = await runCommand(run, { command: "list", options: { limit: MAX_RUNS } });
  if ("error" in result) return runErrorText(result.error);
  const rows = result.document["runs"] as { runId: string }[];
  const states = await Promise.all(rows.map(({ runId }) => loadState(run, runId)));
  const shown = states.flatMap((state) => ("state" in state ? [state.state] : []));
  const mine = shown.filter((state) => (call.isOwner && !call.isShared) || isOfSession(state, call));
  return runListText(mine, Date.now());
}

async function answerAbout(
  call: ChatCommandCall,
  { run, onControl }: RunCommandSources,
  request: Extract<RunChatRequest, { runId: string }>,
): Promise<string> {
  const found = await loadState(run, request.runId);
  // What they may not see does not exist for them.
  if ("error" in found) return runErrorText(found.error);
  const { state } = found;
  if (!call.isOwner && !isOfSession(state, call)) return runErrorText(notFound(request.runId));
  if (request.kind === "show") return runSummaryText(state, Date.now());
  const commandArgs = toCommandArgs(state, request);
  if (typeof commandArgs === "string") return `I did not get that: ${commandArgs}`;
  const by = call.sender ?? `/run in ${call.channel}`;
  const result = await runCommand(run, {
    command: request.kind,
    options: { ...commandArgs.options, by },
    values: commandArgs.values,
  });
  if ("error" in result) return runErrorText(result.error);
  onControl(state.runId);
  return controlText(result.document);
}

function toCommandArgs(
  state: RunState,
  request: Exclude<Extract<RunChatRequest, { runId: string }>, { kind: "show" }>,
): { options: Record<string, string>; values: string[] } | string {
  if ("words" in request)
    return { options: request.words === "" ? {} : { message: request.words }, values: [state.runId] };
  const nodes = state.nodes.map((node) => ({
    id: node.id,
    // Only an answer may leave its question unnamed; what is tried again or left out is named.
    isWaiting: isQuestion(node) && (request.kind === "approve" || request.kind === "reject"),
    choices: node.policy?.approval?.choices ?? [],
  }));
  const node = parseNodeRequest(request.rest, nodes);
  if (typeof node === "string") return node;
  return {
    options: {
      ...(node.words === "" ? {} : { message: node.words }),
      ...(node.choice === undefined ? {} : { choice: node.choice }),
    },
    values: [state.runId, node.nodeId],
  };
}

async function loadState(run: CliRunner, runId: string): Promise<{ state: RunState } | { error: CommandError }> {
  const result = await runCommand(run, { command: "show", values: [runId] });
  return "error" in result ? result : { state: result.document["state"] as RunState };
}

function isOfSession(state: RunState, { sessionKey }: ChatCommandCall): boolean {
  return sessionKey !== undefined && (state.sourceSessionKey === sessionKey || state.rootSessionKey === sessionKey);
}

function notFound(runId: string): CommandError {
  return { code: "run_not_found", message: `run not found: ${runId}` };
}
