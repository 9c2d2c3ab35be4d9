import type { Json } from "../../../model/json.ts";
import { resultPath } from "../../../model/result-path.ts";
import type { RunDocument, RunNode } from "../../../model/run-documents.ts";
import { ancestors } from "../gate-guard.ts";
import { describeUnanswered, listAnswers } from "../state/approval-outcome.ts";
import { listEarlierReasons } from "../state/earlier-attempts.ts";
import { findNode } from "../state/find-node.ts";
import { formatLeftFiles } from "../state/left-files.ts";
import { formatUnverified, isUnverified } from "../state/run-caveats.ts";

/** What whoever does a node needs to know of it. */
export interface NodeContext {
  nodeId: string;
  kind: RunNode["kind"];
  /** What the workflow says. */
  prompt?: string;
  /** Counted from 1; absent for the first. */
  attempt?: number;
  /** Why the attempt before did not do. */
  before?: string;
  /** Why each earlier attempt ended, oldest first. */
  earlier?: string[];
  /** What earlier attempts left, and where it is kept; relative to the run folder. */
  left?: string[];
  /** What was said when it was made ready again. */
  retry?: string;
  /** Answers of people that this node has to honour: approvals above it, nearest first. */
  said?: string[];
  /** Approvals above it that are over and that nobody answered: nothing in them is the word of a person. */
  unanswered?: string[];
  /** Reports that it builds on, relative to the run folder. */
  inputs?: string[];
  /** Work that it builds on and that left files out. */
  unverified?: string[];
  /** Files that it should leave behind, relative to the run folder. */
  outputs?: string[];
  /** Where its result goes, when it has a schema; relative to the run folder. It is one of the `outputs`. */
  resultPath?: string;
  /** JSON Schema of that result. */
  resultSchema?: Json;
}

export function getNodeContext(
  run: RunDocument,
  node: RunNode,
  { prompts, exists }: { prompts: ReadonlyMap<string, string>; exists: (path: string) => boolean },
): NodeContext {
  const prompt = (node.prompt ?? prompts.get(node.id))?.trim();
  const last = node.attempts?.at(-1)?.lastMessage;
  // Work that is stopped for a new attempt ends with the words of the retry.
  const before = last === node.retry ? undefined : last;
  const earlier = listEarlierReasons(node);
  const left = formatLeftFiles(node.attempts ?? []);
  const above = nodesAbove(run, node);
  const said = [...above, ...listAskedBefore(run, node)].flatMap(listAnswers);
  const unanswered = above.flatMap((other) => describeUnanswered(other) ?? []);
  const unverified = above.filter(isUnverified).map(formatUnverified);
  const inputs = [...new Set(above.flatMap((other) => other.artifactPaths))].filter(exists);
  const { resultSchema } = node.policy ?? {};
  const outputs = declaredFiles(node);
  return {
    nodeId: node.id,
    kind: node.kind,
    ...(prompt === undefined || prompt === "" ? {} : { prompt }),
    ...(node.attempts === undefined ? {} : { attempt: node.attempts.length + 1 }),
    ...(before === undefined ? {} : { before }),
    ...(earlier.length === 0 ? {} : { earlier }),
    ...(left.length === 0 ? {} : { left }),
    ...(node.retry === undefined ? {} : { retry: node.retry }),
    ...(said.length === 0 ? {} : { said }),
    ...(unanswered.length === 0 ? {} : { unanswered }),
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(unverified.length === 0 ? {} : { unverified }),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...(resultSchema === undefined ? {} : { resultPath: resultPath(node.id), resultSchema }),
  };
}

/** Questions behind a node that were answered before it was done: it was added because of what people said there. */
function listAskedBefore({ state }: RunDocument, { id, status }: RunNode): RunNode[] {
  if (status === "completed" || status === "skipped") return [];
  const asked = state.nodes.filter(
    (node) => node.kind === "approval" && node.id !== id && listAnswers(node).length > 0,
  );
  return asked.filter(({ needs }) => ancestors(state.nodes, needs).has(id));
}

/** The files that a node is to leave behind, `result.json` among them when it has a schema. */
export function declaredFiles({ id, artifactPaths, policy }: RunNode): string[] {
  return policy?.resultSchema === undefined ? artifactPaths : [...new Set([...artifactPaths, resultPath(id)])];
}

/** What a run has to show: what its summaries wrote, else what the nodes left behind that no other one needs. */
export function listFinalReports(run: RunDocument, exists: (path: string) => boolean): string[] {
  const { nodes } = run.state;
  const listFiles = (some: readonly RunNode[]): string[] =>
    some.flatMap((node) => (node.status === "completed" ? node.artifactPaths.filter(exists) : []));
  const summaries = listFiles(nodes.filter(({ kind }) => kind === "summary"));
  if (summaries.length > 0) return summaries;
  const needed = new Set(nodes.flatMap(({ needs }) => needs));
  const ends = nodes.filter(({ id }) => !needed.has(id));
  return [
    ...new Set(listFiles(ends.flatMap((end) => [end, ...(listFiles([end]).length > 0 ? [] : nodesAbove(run, end))]))),
  ];
}

/**
 * The nodes that a node builds on, nearest first. Its direct needs; what leaves no file (an approval, a wait)
 * is looked through, and a summary or an approval builds on everything above it.
 */
function nodesAbove(run: RunDocument, node: RunNode): RunNode[] {
  const visited = new Set<string>();
  const found: RunNode[] = [];
  const wantsAll = node.kind === "summary" || node.kind === "approval";
  let level = node.needs;
  while (level.length > 0) {
    const nodes = [...new Set(level)].flatMap((id) => (visited.has(id) ? [] : (findNode(run.state.nodes, id) ?? [])));
    for (const other of nodes) visited.add(other.id);
    found.push(...nodes);
    level = nodes.filter((other) => wantsAll || other.artifactPaths.length === 0).flatMap((other) => other.needs);
  }
  return found;
}
