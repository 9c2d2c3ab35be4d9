import {
  buildTimeline,
  describeUnanswered,
  findInside,
  formatAnswer,
  formatUnverified,
  getRunSteps,
  isUnverified,
  listRunAttention,
  listTasks,
  loadRun,
  MAX_LIMIT,
  runFacts,
  readApprovalDefaults,
  type Registry,
  type RunState,
  toRunFlowId,
} from "../../../registry-helper/internal.ts";
import { toAttentionEntry } from "./attention-item.ts";
import { createSubjectLookup } from "./attention.ts";
import { toDefinitionGraph, toRunGraph } from "./graph.ts";
import type { Handler } from "./handler.ts";
import { listOpenQuestions } from "./open-question.ts";
import { findLockedWorkflow, findWorkflow } from "./workflow-cache.ts";

/** A run with everything that its page shows. */
export const getRunDetail: Handler = ({ context, params, read }) => {
  const { registry } = context;
  const runId = params["runId"] ?? "";
  const { seq } = loadRun(registry, runId);
  const { run, steps, folder, wake } = getRunSteps(registry, runId, "clawtask");
  const { state, refs } = run;
  const { tasks, attention } = read.query((database) => {
    const lookup = { ...createSubjectLookup(context, database), run: () => state };
    return {
      tasks: listTasks(database, { runId, all: true, limit: MAX_LIMIT }),
      attention: listRunAttention(state, runFacts(registry, database, state)).map((item) =>
        toAttentionEntry(item, lookup),
      ),
    };
  });
  return {
    document: {
      state,
      refs,
      seq,
      steps,
      wake: wake ?? null,
      attention,
      questions: listOpenQuestions(state, readApprovalDefaults(registry)),
      remarks: listRemarks(state),
      tasks,
      flow: toRunFlowId(runId),
      artifacts: listArtifacts(registry, folder, state),
      workflow: {
        id: state.workflowId,
        version: state.workflowVersion ?? null,
        currentVersion: findWorkflow(context, state.workflowId)?.version ?? null,
      },
    },
    etag: seq,
  };
};

/** What has to be known of nodes that look as if they were done: answers, approvals without one, work without proof. */
function listRemarks({ nodes }: RunState): { nodeId: string; kind: string; text: string }[] {
  return nodes.flatMap((node) => {
    const remark = (kind: string, text: string | undefined): { nodeId: string; kind: string; text: string }[] =>
      text === undefined ? [] : [{ nodeId: node.id, kind, text }];
    return [
      ...remark("answered", node.answer && formatAnswer(node.answer)),
      ...remark("unanswered", describeUnanswered(node)),
      ...remark("reported", node.reported && formatAnswer(node.reported)),
      ...remark("unverified", isUnverified(node) ? formatUnverified(node) : undefined),
    ];
  });
}

/** Every file that a node declares, whether it is there, and its hash where one was taken. */
function listArtifacts({ fs }: Registry, folder: string, { nodes }: RunState): object[] {
  return nodes.flatMap((node) =>
    node.artifactPaths.map((path) => {
      const found = findInside(fs, folder, path);
      const sha256 = node.evidence?.find((one) => one.path === path)?.sha256 ?? undefined;
      return {
        nodeId: node.id,
        path,
        exists: found !== undefined,
        size: found === undefined ? null : fs.statSync(found).size,
        ...(sha256 === undefined ? {} : { sha256 }),
      };
    }),
  );
}

export const getRunGraph: Handler = ({ context, params }) => {
  const { run, journal } = loadRun(context.registry, params["runId"] ?? "");
  const written = findLockedWorkflow(context, journal.paths.workflowLock);
  return {
    document: {
      runId: run.state.runId,
      written: written === undefined ? null : toDefinitionGraph(written.nodes),
      run: toRunGraph(run.state.nodes),
    },
  };
};

export const getRunTimeline: Handler = ({ context: { registry }, params }) => {
  const { state } = loadRun(registry, params["runId"] ?? "").run;
  const { runId, status } = state;
  return { document: { runId, status, ...buildTimeline(state, registry.now()) } };
};
