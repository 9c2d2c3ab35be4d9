import { join } from "node:path";
import { listTasks, stepsOf, timelineOf } from "../../../registry-helper/index.ts";
import { flowIdOfRun } from "../../../registry-helper/domain/flow/run-as-flow.ts";
import { existsInside } from "../../../registry-helper/storage/run-paths.ts";
import { MAX_LIMIT } from "../../../registry-helper/model/limits.ts";
import type { RunState } from "../../../registry-helper/model/run-documents.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { Registry } from "../../../registry-helper/registry/registry.ts";
import { attentionOfRun } from "../../../registry-helper/domain/run/attention.ts";
import { attentionShown } from "./attention-item.ts";
import { subjectsIn } from "./attention.ts";
import type { Handler } from "./handler.ts";
import { graphOfDefinition, graphOfRun } from "./graph.ts";
import { lockedWorkflow, workflowNamed } from "./workflow-cache.ts";
import { questionsOf } from "./open-question.ts";

/** A run with everything that its page shows. */
export const getRunDetail: Handler = ({ desk, params, read }) => {
  const { registry } = desk;
  const runId = params["runId"] ?? "";
  const { seq } = loadRun(registry, runId);
  const { run, steps, folder, wake } = stepsOf(registry, runId, "clawtask");
  const { state, refs } = run;
  const { tasks, attention } = read.query((database) => {
    const subjects = { ...subjectsIn(desk, database), run: () => state };
    return {
      tasks: listTasks(database, { runId, all: true, limit: MAX_LIMIT }),
      attention: attentionOfRun(state, registry.now()).map((item) => attentionShown(item, subjects)),
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
      questions: questionsOf(state),
      tasks,
      flow: flowIdOfRun(runId),
      artifacts: artifactsOf(registry, folder, state),
      workflow: {
        id: state.workflowId,
        version: state.workflowVersion ?? null,
        currentVersion: workflowNamed(desk, state.workflowId)?.version ?? null,
      },
    },
    etag: seq,
  };
};

/** Every file that a node declares, whether it is there, and its hash where one was taken. */
function artifactsOf({ fs }: Registry, folder: string, { nodes }: RunState): object[] {
  return nodes.flatMap((node) =>
    node.artifactPaths.map((path) => {
      const exists = existsInside(fs, folder, path);
      const sha256 = node.evidence?.find((one) => one.path === path)?.sha256 ?? undefined;
      return {
        nodeId: node.id,
        path,
        exists,
        size: exists ? fs.statSync(join(folder, path)).size : null,
        ...(sha256 === undefined ? {} : { sha256 }),
      };
    }),
  );
}

export const getRunGraph: Handler = ({ desk, params }) => {
  const { run, journal } = loadRun(desk.registry, params["runId"] ?? "");
  const written = lockedWorkflow(desk, journal.paths.workflowLock);
  return {
    document: {
      runId: run.state.runId,
      written: written === undefined ? null : graphOfDefinition(written.nodes),
      run: graphOfRun(run.state.nodes),
    },
  };
};

export const getRunTimeline: Handler = ({ desk: { registry }, params }) => {
  const { state } = loadRun(registry, params["runId"] ?? "").run;
  const { runId, status } = state;
  return { document: { runId, status, ...timelineOf(state, registry.now()) } };
};
