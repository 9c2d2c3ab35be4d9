import { dirname, join } from "node:path";
import type { ModelRequest } from "../support/model-request.ts";
import type { ModelReply } from "../support/scripted-model.ts";

const WORKFLOW = `---
workflowId: review
title: Review of {{what}}
params:
  what: { type: string }
nodes:
  - id: check
    title: Check {{what}}
    kind: subagent
    prompt: Look at {{what}} and list what is wrong.
    retries: { max: 1, backoffMs: 0 }
    outputs: { mode: report, evidence: required }
  - id: ok
    title: Publish?
    kind: approval
    needs: [check]
    approval: { question: "Publish the review of {{what}}?" }
    outputs: { mode: notify }
  - id: wrap-up
    title: Final words
    kind: summary
    needs: [ok]
    outputs: { mode: report }
---
`;

export const startedText = (runId: string): string => `Run ${runId} is on its way.`;
export const finalText = (runId: string): string => `The review of run ${runId} is published, shortened as asked.`;
/** A child of this run works until somebody stops it. */
export const ENDLESS = "endless";

const ASKED = /^start run ([\w-]+)$/;
const WOKEN = /Continue ClawTask run ([\w-]+):/;

/**
 * An agent that starts what it is told to, and then forgets its duties: it binds no child, records no outcome, asks
 * no question. What it does, it does because it is woken, with the one command that the skill names.
 */
export function forgetfulAgent(request: ModelRequest): ModelReply | Promise<ModelReply> {
  if (request.isSubagent) return child(request);
  const started = ASKED.exec(request.prompt)?.[1];
  if (started !== undefined) return start(request, started);
  const woken = WOKEN.exec(wordsSinceLastAnswer(request))?.[1];
  return woken === undefined || request.turn === "announce" ? { text: "NO_REPLY" } : goOn(request, woken);
}

/** A wake comes as a system event in the newest question, wherever the host puts it. */
function wordsSinceLastAnswer({ messages }: ModelRequest): string {
  const last = messages.findLastIndex(({ role, toolCalls }) => role === "assistant" && toolCalls.length === 0);
  return messages
    .slice(last + 1)
    .filter(({ role }) => role === "user")
    .map(({ text }) => text)
    .join("\n");
}

function exec(command: string): ModelReply {
  return { toolCalls: [{ name: "exec", args: { command } }] };
}

function helper(request: ModelRequest): string {
  const location = /<location>([^<]*clawtask\/SKILL\.md)<\/location>/.exec(request.system)?.[1];
  if (location === undefined) throw new Error("the clawtask skill is not offered to the model");
  return `"\${CLAWTASK_NODE:-node}" "${join(dirname(location), "scripts", "clawtask.cjs").replace(/^~/, "$HOME")}"`;
}

function start(request: ModelRequest, runId: string): ModelReply {
  const ct = helper(request);
  if (request.toolResults.length === 0)
    return exec(
      [
        `mkdir -p "$CLAWTASK_REGISTRY_ROOT/workflows"`,
        `cat > "$CLAWTASK_REGISTRY_ROOT/workflows/review.task.md" <<'END'\n${WORKFLOW}END`,
        `${ct} scaffold --workflow-path workflows/review.task.md --run-id ${runId} --set what=${runId}`,
        `${ct} next ${runId} --claim`,
      ].join("\n"),
    );
  if (request.toolResults.length === 1) return spawn(request.toolResults[0]?.text ?? "");
  return { text: startedText(runId) };
}

/** Spawns as `next` says, and binds nothing. */
function spawn(steps: string): ModelReply {
  const [, call = "{}"] = /call sessions_spawn (\{.*\})/.exec(steps) ?? [];
  return { toolCalls: [{ name: "sessions_spawn", args: JSON.parse(call) as Record<string, unknown> }] };
}

function goOn(request: ModelRequest, runId: string): ModelReply {
  const ct = helper(request);
  const [steps, second] = request.toolResults.map(({ text }) => text);
  if (steps === undefined) return exec(`${ct} next ${runId} --claim`);
  if (steps.includes("DISPATCH  check")) return second === undefined ? spawn(steps) : { text: "NO_REPLY" };
  const finish = / complete \S+ wrap-up --claim (\d+)/.exec(steps);
  if (finish === null) return { text: "NO_REPLY" };
  const report = `$CLAWTASK_REGISTRY_ROOT/runs/${runId}/nodes/wrap-up/report.md`;
  if (second === undefined)
    return exec(
      `printf '%s\\n' "${finalText(runId)}" > "${report}"\n${ct} complete ${runId} wrap-up --claim ${finish[1]} --next --message done`,
    );
  return { text: finalText(runId) };
}

/** Breaks at the first attempt; at the second it reads its brief, writes its report and answers. */
function child(request: ModelRequest): ModelReply | Promise<ModelReply> {
  const handoff = /Read (\S+\/handoff\.md)/.exec(request.prompt)?.[1] ?? "";
  if (request.toolResults.length === 0) return exec(`cat ${handoff}`);
  const brief = request.toolResults[0]?.text ?? "";
  if (brief.includes(ENDLESS)) return new Promise<never>(() => undefined);
  if (!brief.includes("attempt 2")) return { error: { status: 400, message: "broken" } };
  const target = /- (\S+\/report\.md) /.exec(brief)?.[1] ?? "";
  if (request.toolResults.length === 1) return exec(`printf 'Two mistakes.\\n' > "${target}"`);
  return { text: "two mistakes found" };
}
