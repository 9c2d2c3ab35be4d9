import type { RunState } from "../../registry-helper/index.ts";
import type { CommandCall } from "../host/register/register-command.ts";
import { type CommandLine, runVerb, type VerbError } from "../commands/run-command.ts";
import { parseRunCommand, readNodeWish, type RunWish } from "./parse-run-command.ts";
import { controlText, isQuestion, runErrorText, runHelpText, runListText, runText } from "./run-reply-text.ts";

/** Runs that are looked through for a list. */
const MOST_RUNS = 50;

/** What the command answers from. */
export interface RunCommandSources {
  readonly run: CommandLine;
  /** A person changed something in this run: its agent is to know soon. */
  readonly steered: (runId: string) => void;
}

/** Answers `/run ...` in a conversation, without the model. */
export async function answerRunCommand(call: CommandCall, sources: RunCommandSources): Promise<string> {
  const wish = parseRunCommand(call.args);
  switch (wish.kind) {
    case "help":
      return runHelpText();
    case "unclear":
      return `I did not get that: ${wish.what}\n${runHelpText()}`;
    case "list":
      return await answerList(call, sources.run);
    default:
      return await answerAbout(call, sources, wish);
  }
}

/** In a room that others read, what the room asked for; in private the owner gets everything. */
async function answerList(call: CommandCall, run: CommandLine): Promise<string> {
  const result = await runVerb(run, { verb: "list", options: { limit: MOST_RUNS } });
  if ("error" in result) return runErrorText(result.error);
  const rows = result.document["runs"] as { runId: string }[];
  const states = await Promise.all(rows.map(({ runId }) => stateOf(run, runId)));
  const shown = states.flatMap((state) => ("state" in state ? [state.state] : []));
  const mine = shown.filter((state) => (call.isOwner && !call.isShared) || isOfSession(state, call));
  return runListText(mine, Date.now());
}

async function answerAbout(
  call: CommandCall,
  { run, steered }: RunCommandSources,
  wish: Extract<RunWish, { runId: string }>,
): Promise<string> {
  const found = await stateOf(run, wish.runId);
  // What they may not see does not exist for them.
  if ("error" in found) return runErrorText(found.error);
  const { state } = found;
  if (!call.isOwner && !isOfSession(state, call)) return runErrorText(notFound(wish.runId));
  if (wish.kind === "show") return runText(state, Date.now());
  const order = orderOf(state, wish);
  if (typeof order === "string") return `I did not get that: ${order}`;
  const by = call.sender ?? `/run in ${call.channel}`;
  const result = await runVerb(run, { verb: wish.kind, options: { ...order.options, by }, values: order.values });
  if ("error" in result) return runErrorText(result.error);
  steered(state.runId);
  return controlText(result.document);
}

function orderOf(
  state: RunState,
  wish: Exclude<Extract<RunWish, { runId: string }>, { kind: "show" }>,
): { options: Record<string, string>; values: string[] } | string {
  if ("words" in wish) return { options: wish.words === "" ? {} : { message: wish.words }, values: [state.runId] };
  const nodes = state.nodes.map((node) => ({
    id: node.id,
    // Only an answer may leave its question unnamed; what is tried again or left out is named.
    isWaiting: isQuestion(node) && (wish.kind === "approve" || wish.kind === "reject"),
    choices: node.policy?.approval?.choices ?? [],
  }));
  const node = readNodeWish(wish.rest, nodes);
  if (typeof node === "string") return node;
  return {
    options: {
      ...(node.words === "" ? {} : { message: node.words }),
      ...(node.choice === undefined ? {} : { choice: node.choice }),
    },
    values: [state.runId, node.nodeId],
  };
}

async function stateOf(run: CommandLine, runId: string): Promise<{ state: RunState } | { error: VerbError }> {
  const result = await runVerb(run, { verb: "show", values: [runId] });
  return "error" in result ? result : { state: result.document["state"] as RunState };
}

function isOfSession(state: RunState, { sessionKey }: CommandCall): boolean {
  return sessionKey !== undefined && (state.sourceSessionKey === sessionKey || state.rootSessionKey === sessionKey);
}

function notFound(runId: string): VerbError {
  return { code: "run_not_found", message: `run not found: ${runId}` };
}
