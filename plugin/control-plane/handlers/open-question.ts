import {
  type DeliveryRecord,
  getQuestion,
  type Json,
  type RunNode,
  type RunState,
} from "../../../registry-helper/internal.ts";

/** An approval that waits for its answer, with all that a person needs to give it. */
export interface RecorderCall {
  nodeId: string;
  question: string;
  /** Null when it is a plain yes or no. The last one is the no. */
  choices: string[] | null;
  /** JSON Schema of the data that has to come with a yes. */
  schema: Json;
  askedAt: string | null;
  expiresAt: string | null;
  /** The way of the question to the requester. */
  delivery: DeliveryRecord | null;
}

export function listOpenQuestions(state: RunState): RecorderCall[] {
  return state.nodes.filter(isOpen).map(toQuestion);
}

export function findOpenQuestion(state: RunState, nodeId: string): RecorderCall | undefined {
  const node = state.nodes.find(({ id }) => id === nodeId);
  return node === undefined || !isOpen(node) ? undefined : toQuestion(node);
}

function isOpen({ kind, status }: RunNode): boolean {
  return kind === "approval" && status === "waiting";
}

function toQuestion(node: RunNode): RecorderCall {
  const approval = node.policy?.approval;
  return {
    nodeId: node.id,
    question: node.lastMessage ?? getQuestion(node),
    choices: approval?.choices ?? null,
    schema: approval?.schema ?? null,
    askedAt: node.startedAt,
    expiresAt: node.deadlineAt ?? null,
    delivery: node.asked ?? null,
  };
}
