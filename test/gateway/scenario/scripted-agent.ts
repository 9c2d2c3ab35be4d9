import { dirname, join } from "node:path";
import type { ModelRequest } from "../support/model-request.ts";
import type { ModelReply } from "../support/scripted-model.ts";
import { REVIEWERS, WORKFLOW_PATH, WORKFLOW_TEXT } from "./report-workflow.ts";

/** What a person has to say for the agent to start a run; the last word is the run's id. */
export const REQUEST = /write a report on \w+.*run ([\w-]+)/i;

/** What the person reads when the run begins and while it goes on. */
export const startedText = (runId: string): string => `Started run ${runId}. Two reviewers are at work; I report here.`;
export const progressText = (runId: string): string => `${runId}: one review is in, one to go.`;
export const finalText = (runId: string): string =>
  `Report ${runId}: the city has three sights, and both reviewers agree.`;

/**
 * Plays an agent that has read the skill and nothing else: every step is a tool call that a model would make,
 * through the helper that the skill names.
 */
export function scriptedAgent(request: ModelRequest): ModelReply {
  if (request.isSubagent) return reviewer(request);
  if (request.turn === "announce") return reviewArrived(request);
  const runId = REQUEST.exec(request.prompt)?.[1];
  return runId === undefined ? { text: "NO_REPLY" } : startRun(request, runId);
}

function exec(command: string): ModelReply {
  return { toolCalls: [{ name: "exec", args: { command } }] };
}

/** The skill's folder, as the host tells it to the model. */
function skillFolder(request: ModelRequest): string {
  const location = /<location>([^<]*clawtask\/SKILL\.md)<\/location>/.exec(request.system)?.[1];
  if (location === undefined) throw new Error("the clawtask skill is not offered to the model");
  return dirname(location);
}

/** As SKILL.md says to call it. */
function helper(request: ModelRequest): string {
  const script = join(skillFolder(request), "scripts", "clawtask.cjs").replace(/^~/, "$HOME");
  return `"\${CLAWTASK_NODE:-node}" "${script}"`;
}

function startRun(request: ModelRequest, runId: string): ModelReply {
  const ct = helper(request);
  const run = `$CLAWTASK_REGISTRY_ROOT/runs/${runId}`;
  switch (request.toolResults.length) {
    case 0:
      return { toolCalls: [{ name: "read", args: { path: join(skillFolder(request), "SKILL.md") } }] };
    case 1:
      return exec(
        [
          `mkdir -p "$CLAWTASK_REGISTRY_ROOT/workflows"`,
          `cat > "$CLAWTASK_REGISTRY_ROOT/${WORKFLOW_PATH}" <<'END'\n${WORKFLOW_TEXT}END`,
          `${ct} scaffold --workflow-path ${WORKFLOW_PATH} --run-id ${runId}`,
        ].join("\n"),
      );
    case 2:
      return exec(
        [
          `${ct} transition-node ${runId} collect running`,
          `printf 'Half a million people, three sights.\\n' > "${run}/nodes/collect/report.md"`,
          `${ct} transition-node ${runId} collect completed --message "facts are in"`,
          `${ct} next ${runId}`,
        ].join("\n"),
      );
    case 3:
      return exec(REVIEWERS.map((node) => prepareReview(ct, run, runId, node)).join("\n"));
    case 4:
      return { toolCalls: REVIEWERS.map((node) => spawnReview(request, runId, node)) };
    case 6:
      return exec(bindChildren(request, ct, runId));
    default:
      return { text: startedText(runId) };
  }
}

function prepareReview(ct: string, run: string, runId: string, node: string): string {
  const brief = `Task: ${node}\nRead first: ${run}/nodes/collect/report.md\nWrite: ${run}/nodes/${node}/report.md`;
  return `cat > "${run}/nodes/${node}/handoff.md" <<END\n${brief}\nEND\n${ct} transition-node ${runId} ${node} running\necho HANDOFF=${run}/nodes/${node}/handoff.md`;
}

function spawnReview(
  request: ModelRequest,
  runId: string,
  node: string,
): { name: string; args: Record<string, unknown> } {
  const handoff = request.toolResults[3]?.text.match(/HANDOFF=(\S+)/g)?.find((line) => line.includes(`/${node}/`));
  const path = handoff?.slice("HANDOFF=".length) ?? "";
  return { name: "sessions_spawn", args: { task: `Read ${path} and do what it says.`, label: `${runId}/${node}` } };
}

function bindChildren(request: ModelRequest, ct: string, runId: string): string {
  return REVIEWERS.flatMap((node, index) => {
    const answer = request.toolResults[4 + index]?.text ?? "";
    const childKey = /"childSessionKey":\s*"([^"]+)"/.exec(answer)?.[1] ?? "";
    const hostRun = /"runId":\s*"([^"]+)"/.exec(answer)?.[1] ?? "";
    return [
      `${ct} bind ${runId} child-session --node-id ${node} --value "${childKey}"`,
      `${ct} bind ${runId} node-run --node-id ${node} --value "${hostRun}"`,
    ];
  }).join("\n");
}

/** A child: reads its brief, writes its report, answers in a sentence. */
function reviewer(request: ModelRequest): ModelReply {
  const handoff = /Read (\S+\/handoff\.md)/.exec(request.prompt)?.[1] ?? "";
  const [, runId = "", node = ""] = /runs\/([^/]+)\/nodes\/([^/]+)\//.exec(handoff) ?? [];
  if (request.toolResults.length === 0) return exec(`cat ${handoff}`);
  if (request.toolResults.length === 1) {
    const target = /Write: (\S+)/.exec(request.toolResults[0]?.text ?? "")?.[1] ?? "";
    // The second reviewer takes a moment longer, so that the two announcements come one after the other.
    const pause = node === REVIEWERS[1] ? "sleep 3; " : "";
    return exec(`${pause}printf 'No objections.\\n' > "${target}" && ls -l "${target}"`);
  }
  return { text: `review ${node} of run ${runId} is written: no objections` };
}

/** An announcing turn: records the outcome, and finishes the run when it was the last review. */
function reviewArrived(request: ModelRequest): ModelReply {
  const [, node = "", runId = ""] = /review ([\w-]+) of run ([\w-]+) is written/.exec(request.childResult ?? "") ?? [];
  const ct = helper(request);
  const run = `$CLAWTASK_REGISTRY_ROOT/runs/${runId}`;
  if (request.toolResults.length === 0) {
    return exec(
      `${ct} transition-node ${runId} ${node} completed --message "no objections" --key ${runId}:${node}:done\n${ct} next ${runId} --json`,
    );
  }
  const isLast = request.toolResults[0]?.text.includes('"nodeId": "wrap-up"') === true;
  if (!isLast) return { text: progressText(runId) };
  if (request.toolResults.length === 1) {
    return exec(
      [
        `${ct} transition-node ${runId} wrap-up running`,
        `printf '%s\\n' "${finalText(runId)}" > "${run}/nodes/wrap-up/report.md"`,
        `${ct} transition-node ${runId} wrap-up completed`,
      ].join("\n"),
    );
  }
  return { text: finalText(runId) };
}
