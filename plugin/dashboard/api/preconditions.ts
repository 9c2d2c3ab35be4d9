import type { QueryClient } from "@tanstack/react-query";
import type { Finding, FlowAnswer, RunDetail, ShownAttention, TaskAnswer } from "./response-types.ts";
import { Problem } from "./problem.ts";
import { attentionQuery, auditQuery, flowQuery, runQuery, taskQuery } from "./queries.ts";
import { post } from "./request.ts";

/** How something stood when a person decided: what the decision rests on, and the revision that showed it. */
export interface Seen {
  /** Of a list, which does not tell it, undefined: then it is looked up before. */
  revision: number | undefined;
  /** What the decision rests on, as a text that can be compared. */
  what: string;
  /** How it stands now; what the page shows of it is brought up to date with it. */
  look: (client: QueryClient) => Promise<{ revision: number; what: string }>;
}

/** More often than this, something changes faster than anybody can decide. */
const MOST_LOOKS = 6;

/**
 * Changes something only as it was seen. A revision counts every event; one that changed nothing of what the decision
 * rests on (another node went on) stops nobody.
 *
 * @throws Problem `revision_conflict` when it stands otherwise by now
 */
export async function postAsSeen(client: QueryClient, path: string, body: unknown, seen: Seen): Promise<unknown> {
  let { revision } = seen;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (revision === undefined) {
      const now = await seen.look(client);
      if (now.what !== seen.what) break;
      ({ revision } = now);
    }
    try {
      return await post(path, body, revision);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 412)) throw error;
      revision = undefined;
    }
  }
  throw new Problem({
    status: 412,
    code: "revision_conflict",
    message: "It has changed since you looked, so nothing was done.",
  });
}

/** Of a run, what `pick` takes from it. */
export function runSeen(detail: RunDetail, pick: (detail: RunDetail) => unknown): Seen {
  const standing = (run: RunDetail): { revision: number; what: string } => ({
    revision: run.seq,
    what: JSON.stringify(pick(run)),
  });
  return {
    ...standing(detail),
    look: async (client) => standing(await client.query({ ...runQuery(detail.state.runId), staleTime: 0 })),
  };
}

/** One node: its attempt, how that stands, and the question that it asks. */
export function nodeSeen(detail: RunDetail, nodeId: string): Seen {
  return runSeen(detail, ({ state, questions }) => {
    const node = state.nodes.find(({ id }) => id === nodeId);
    const question = questions.find((one) => one.nodeId === nodeId);
    return [state.status === "cancelled", node?.status, node?.startedAt, node?.attempts?.length, wordsAsked(question)];
  });
}

export function taskSeen(answer: Pick<TaskAnswer, "task" | "revision">): Seen {
  const standing = ({ task, revision }: Pick<TaskAnswer, "task" | "revision">): { revision: number; what: string } => ({
    revision,
    what: JSON.stringify([task.status, task.cancel?.outcome, task.delivery?.state, task.delivery?.generation]),
  });
  return {
    ...standing(answer),
    look: async (client) => standing(await client.query({ ...taskQuery(answer.task.taskId), staleTime: 0 })),
  };
}

export function flowSeen({ flow }: FlowAnswer): Seen {
  const standing = (one: FlowAnswer["flow"]): { revision: number; what: string } => ({
    revision: one.revision,
    what: JSON.stringify([
      one.status,
      one.currentStep,
      one.cancel === null,
      one.delivery?.state,
      one.delivery?.generation,
    ]),
  });
  return {
    ...standing(flow),
    look: async (client) => standing((await client.query({ ...flowQuery(flow.flowId), staleTime: 0 })).flow),
  };
}

/** Something that needs somebody, as it stands in the list. */
export function attentionSeen(item: ShownAttention): Seen {
  const what = whatOf(item);
  return {
    revision: undefined,
    what,
    look: async (client) => {
      const { revision, items } = await needsOf(client, item.subject);
      const isThere = items.some((one) => whatOf(one) === what);
      return { revision, what: isThere ? what : "" };
    },
  };
}

/** Something that the audit found about a task. */
export function findingSeen({ code }: Finding, taskId: string): Seen {
  return {
    revision: undefined,
    what: code,
    look: async (client) => {
      const { revision } = await client.query({ ...taskQuery(taskId), staleTime: 0 });
      const { findings } = await client.query({ ...auditQuery, staleTime: 0 });
      const isThere = findings.some((one) => one.taskId === taskId && one.code === code);
      return { revision, what: isThere ? code : "" };
    },
  };
}

/** The revision of a subject and what it needs. In this order: what comes between the two is noticed by the revision. */
async function needsOf(
  client: QueryClient,
  { kind, id }: ShownAttention["subject"],
): Promise<{ revision: number; items: readonly ShownAttention[] }> {
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

function whatOf({ kind, subject, nodeId, since, question }: ShownAttention): string {
  return JSON.stringify([kind, subject.id, nodeId, since, wordsAsked(question)]);
}

function wordsAsked(question: ShownAttention["question"]): unknown {
  return question === undefined
    ? null
    : [question.nodeId, question.question, question.choices, question.schema, question.askedAt];
}
