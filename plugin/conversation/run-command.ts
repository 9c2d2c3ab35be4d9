import type { OperationError, OperationInput, RunState } from "../../registry-helper/internal.ts";
import type { ChatCommandCall } from "../host/register/register-command.ts";
import type { OperationCaller } from "../operations/operation-caller.ts";
import { parseRunCommand, parseNodeRequest, type RunChatRequest } from "./parse-run-command.ts";
import { controlText, isQuestion, runErrorText, runHelpText, runListText, runSummaryText } from "./run-reply-text.ts";

/** Most runs of a list: those that go on, and the last ones of all. */
const MAX_RUNS = 50;
const LISTED: readonly (string | undefined)[] = ["running", "paused", undefined];

/** What the command answers from. */
export interface RunCommandSources {
  readonly call: OperationCaller;
  /** A person changed something in this run: its agent is to know soon. */
  readonly onControl: (runId: string) => void;
}

/** Answers `/run ...` in a conversation, without the model. */
export async function handleRunCommand(command: ChatCommandCall, sources: RunCommandSources): Promise<string> {
  const request = parseRunCommand(command.args);
  switch (request.kind) {
    case "help":
      return runHelpText();
    case "unclear":
      return `I did not get that: ${request.what}\n${runHelpText()}`;
    case "list":
      return await answerList(command, sources.call);
    default:
      return await answerAbout(command, sources, request);
  }
}

/** In a room that others read, what the room asked for; in private the owner gets everything. */
async function answerList(command: ChatCommandCall, call: OperationCaller): Promise<string> {
  const seesAll = command.isOwner && !command.isShared;
  if (!seesAll && command.sessionKey === undefined) return runListText([], Date.now());
  const session = seesAll ? undefined : command.sessionKey;
  const runIds = new Set<string>();
  for (const status of LISTED) {
    const result = await call("runs.list", { status, session, limit: MAX_RUNS });
    if ("error" in result) return runErrorText(result.error);
    for (const { runId } of result.document.runs) runIds.add(runId);
  }
  const states = await Promise.all([...runIds].map((runId) => loadState(call, runId)));
  const shown = states.flatMap((state) => ("state" in state ? [state.state] : []));
  return runListText(
    shown.filter((state) => seesAll || isOfSession(state, command)),
    Date.now(),
  );
}

async function answerAbout(
  command: ChatCommandCall,
  { call, onControl }: RunCommandSources,
  request: Extract<RunChatRequest, { runId: string }>,
): Promise<string> {
  const found = await loadState(call, request.runId);
  // What they may not see does not exist for them.
  if ("error" in found) return runErrorText(found.error);
  const { state } = found;
  const isTheirs = command.isOwner || isOfSession(state, command);
  if (!isTheirs && !isNamedApprover(state, command, request.kind)) return runErrorText(notFound(request.runId));
  if (request.kind === "show") return runSummaryText(state, Date.now());
  const input = toControlInput(state, request);
  if (typeof input === "string") return `I did not get that: ${input}`;
  const by = command.sender ?? `/run in ${command.channel}`;
  const result = await call("runs.control", { ...input, by });
  if ("error" in result) return runErrorText(result.error);
  onControl(state.runId);
  return controlText(result.document);
}

/** Returns what is missing, in words, when it cannot be told. */
function toControlInput(
  { runId, nodes: all }: RunState,
  request: Exclude<Extract<RunChatRequest, { runId: string }>, { kind: "show" }>,
): OperationInput<"runs.control"> | string {
  const action = request.kind;
  if ("words" in request) return { runId, action, message: request.words || undefined };
  const isAnswer = action === "approve" || action === "reject";
  const nodes = all.map((node) => ({
    id: node.id,
    // Only an answer may leave its question unnamed; what is tried again or left out is named.
    isWaiting: isAnswer && isQuestion(node),
    choices: isAnswer ? (node.policy?.approval?.choices ?? []) : [],
  }));
  const node = parseNodeRequest(request.rest, nodes);
  if (typeof node === "string") return node;
  const { nodeId, choice, words } = node;
  const patch = isAnswer ? { patch: choice === undefined ? {} : { choice } } : {};
  return { runId, action, nodeId, message: words || undefined, ...patch };
}

async function loadState(
  call: OperationCaller,
  runId: string,
): Promise<{ state: RunState } | { error: OperationError }> {
  const result = await call("runs.show", { runId });
  return "error" in result ? result : { state: result.document.state };
}

function isOfSession(state: RunState, { sessionKey }: ChatCommandCall): boolean {
  return sessionKey !== undefined && (state.sourceSessionKey === sessionKey || state.rootSessionKey === sessionKey);
}

/** Whom an approval names may see its run and answer, wherever they write from. */
function isNamedApprover(state: RunState, { sender }: ChatCommandCall, kind: RunChatRequest["kind"]): boolean {
  if (sender === undefined || !["show", "approve", "reject"].includes(kind)) return false;
  const names = state.nodes.flatMap((node) => node.policy?.approval?.approvers ?? []);
  return names.some((name) => name.toLowerCase() === sender.toLowerCase());
}

function notFound(runId: string): OperationError {
  return { code: "run_not_found", message: `run not found: ${runId}` };
}
