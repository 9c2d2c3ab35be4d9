import {
  type ApprovalAccess,
  type ApprovalAuthority,
  type DeliveryRecord,
  formatAnswer,
  formatChatAnswer,
  getApprovalAccess,
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
  /** `verified`: only an answer counts whose sender the chat or the control plane knows. */
  authority: ApprovalAuthority;
  /** Ids of those who may answer; null where the approval names nobody. */
  approvers: string[] | null;
  /** What a person sends in a chat. */
  chat: { approve: string; reject: string };
  /** The last answer that was passed on and does not count. */
  reported: string | null;
  /** The way of the question to the requester. */
  delivery: DeliveryRecord | null;
}

/** @param approvals who may answer approvals that say nothing themselves */
export function listOpenQuestions(state: RunState, approvals: ApprovalAccess): RecorderCall[] {
  return state.nodes.filter(isOpen).map((node) => toQuestion(state.runId, node, approvals));
}

export function findOpenQuestion(state: RunState, nodeId: string, approvals: ApprovalAccess): RecorderCall | undefined {
  const node = state.nodes.find(({ id }) => id === nodeId);
  return node === undefined || !isOpen(node) ? undefined : toQuestion(state.runId, node, approvals);
}

function isOpen({ kind, status }: RunNode): boolean {
  return kind === "approval" && status === "waiting";
}

function toQuestion(runId: string, node: RunNode, approvals: ApprovalAccess): RecorderCall {
  const approval = node.policy?.approval;
  const { authority, approvers } = getApprovalAccess(node, approvals);
  return {
    nodeId: node.id,
    question: getQuestion(node),
    choices: approval?.choices ?? null,
    schema: approval?.schema ?? null,
    askedAt: node.startedAt,
    expiresAt: node.deadlineAt ?? null,
    authority,
    approvers: approvers === undefined ? null : [...approvers],
    chat: { approve: formatChatAnswer(runId, node), reject: `/run reject ${runId} ${node.id}` },
    reported: node.reported === undefined ? null : formatAnswer(node.reported),
    delivery: node.asked ?? null,
  };
}
