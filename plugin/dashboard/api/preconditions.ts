import type { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./problem.ts";
import { attentionQuery, auditQuery, flowQuery, runQuery, taskQuery } from "./queries.ts";
import { post } from "./request.ts";
import type { FindingDocument, FlowResponse, RunDetail, AttentionListItem, TaskResponse } from "./response-types.ts";

/** How something stood when a person decided: what the decision rests on, and the revision that showed it. */
export interface Precondition {
  /** Of a list, which does not tell it, undefined: then it is looked up before. */
  revision: number | undefined;
  /** What the decision rests on, as a text that can be compared. */
  fingerprint: string;
  /** How it stands now; what the page shows of it is brought up to date with it. */
  reload: (client: QueryClient) => Promise<{ revision: number; fingerprint: string }>;
}

/** More often than this, something changes faster than anybody can decide. */
const MAX_ATTEMPTS = 6;

/**
 * Changes something only as it was seen. A revision counts every event; one that changed nothing of what the decision
 * rests on (another node went on) stops nobody.
 *
 * @throws Problem `revision_conflict` when it stands otherwise by now
 */
export async function postIfUnchanged(
  client: QueryClient,
  path: string,
  body: unknown,
  precondition: Precondition,
): Promise<unknown> {
  let { revision } = precondition;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    if (revision === undefined) {
      const now = await precondition.reload(client);
      if (now.fingerprint !== precondition.fingerprint) break;
      ({ revision } = now);
    }
    try {
      return await post(path, body, revision);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      revision = undefined;
    }
  }
  throw new ApiError({
    status: 412,
    code: "revision_conflict",
    message: "It has changed since you looked, so nothing was done.",
  });
}

/** Of a run, what `pick` takes from it. */
export function runPrecondition(detail: RunDetail, pick: (detail: RunDetail) => unknown): Precondition {
  const toSnapshot = (run: RunDetail): { revision: number; fingerprint: string } => ({
    revision: run.seq,
    fingerprint: JSON.stringify(pick(run)),
  });
  return {
    ...toSnapshot(detail),
    reload: async (client) => toSnapshot(await client.query({ ...runQuery(detail.state.runId), staleTime: 0 })),
  };
}

/** One node: its attempt, how that stands, and the question that it asks. */
export function nodePrecondition(detail: RunDetail, nodeId: string): Precondition {
  return runPrecondition(detail, ({ state, questions }) => {
    const node = state.nodes.find(({ id }) => id === nodeId);
    const question = questions.find((one) => one.nodeId === nodeId);
    return [
      state.status === "cancelled",
      node?.status,
      node?.startedAt,
      node?.attempts?.length,
      getQuestionContent(question),
    ];
  });
}

export function taskPrecondition(answer: Pick<TaskResponse, "task" | "revision">): Precondition {
  const toSnapshot = ({
    task,
    revision,
  }: Pick<TaskResponse, "task" | "revision">): { revision: number; fingerprint: string } => ({
    revision,
    fingerprint: JSON.stringify([task.status, task.cancel?.outcome, task.delivery?.state, task.delivery?.generation]),
  });
  return {
    ...toSnapshot(answer),
    reload: async (client) => toSnapshot(await client.query({ ...taskQuery(answer.task.taskId), staleTime: 0 })),
  };
}

export function flowPrecondition({ flow }: FlowResponse): Precondition {
  const toSnapshot = (one: FlowResponse["flow"]): { revision: number; fingerprint: string } => ({
    revision: one.revision,
    fingerprint: JSON.stringify([
      one.status,
      one.currentStep,
      one.cancel === null,
      one.delivery?.state,
      one.delivery?.generation,
    ]),
  });
  return {
    ...toSnapshot(flow),
    reload: async (client) => toSnapshot((await client.query({ ...flowQuery(flow.flowId), staleTime: 0 })).flow),
  };
}

/** Something that needs somebody, as it stands in the list. */
export function attentionPrecondition(item: AttentionListItem): Precondition {
  const fingerprint = getFingerprint(item);
  return {
    revision: undefined,
    fingerprint,
    reload: async (client) => {
      const { revision, items } = await loadNeeds(client, item.subject);
      const isPresent = items.some((one) => getFingerprint(one) === fingerprint);
      return { revision, fingerprint: isPresent ? fingerprint : "" };
    },
  };
}

/** Something that the audit found about a task. */
export function findingPrecondition({ code }: FindingDocument, taskId: string): Precondition {
  return {
    revision: undefined,
    fingerprint: code,
    reload: async (client) => {
      const { revision } = await client.query({ ...taskQuery(taskId), staleTime: 0 });
      const { findings } = await client.query({ ...auditQuery, staleTime: 0 });
      const isPresent = findings.some((one) => one.taskId === taskId && one.code === code);
      return { revision, fingerprint: isPresent ? code : "" };
    },
  };
}

/** The revision of a subject and what it needs. In this order: what comes between the two is noticed by the revision. */
async function loadNeeds(
  client: QueryClient,
  { kind, id }: AttentionListItem["subject"],
): Promise<{ revision: number; items: readonly AttentionListItem[] }> {
  if (kind === "run") {
    const { seq, attention } = await client.query({ ...runQuery(id), staleTime: 0 });
    return { revision: seq, items: attention };
  }
  const revision =
    kind === "task"
      ? (await client.query({ ...taskQuery(id), staleTime: 0 })).revision
      : (await client.query({ ...flowQuery(id), staleTime: 0 })).flow.revision;
  return { revision, items: (await client.query({ ...attentionQuery, staleTime: 0 })).items };
}

function getFingerprint({ kind, subject, nodeId, since, question }: AttentionListItem): string {
  return JSON.stringify([kind, subject.id, nodeId, since, getQuestionContent(question)]);
}

function getQuestionContent(question: AttentionListItem["question"]): unknown {
  return question === undefined
    ? null
    : [question.nodeId, question.question, question.choices, question.schema, question.askedAt];
}
