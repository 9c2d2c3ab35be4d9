import { type EventOrigin, isUnattended } from "../../model/event-origin.ts";
import { isJsonObject } from "../../model/json.ts";
import type { ApprovalAccess, ApprovalAuthority } from "../../model/node-policy.ts";
import type { ApprovalAnswer, NodeAttempt, RunNode, RunState } from "../../model/run-documents.ts";

/** Who may answer an approval: what its workflow says, else what the registry says. */
export function getApprovalAccess(
  node: Pick<RunNode, "policy">,
  defaults: ApprovalAccess = {},
): { authority: ApprovalAuthority; approvers: readonly string[] | undefined } {
  const approval = node.policy?.approval;
  const own = approval?.authority ?? (approval?.approvers === undefined ? undefined : "verified");
  const authority = own ?? defaults.authority ?? (defaults.approvers === undefined ? "reported" : "verified");
  const approvers = approval?.approvers ?? (authority === "verified" ? defaults.approvers : undefined);
  return { authority, approvers };
}

type RunRoute = Pick<RunState, "deliveryContext" | "boundRoute">;

/**
 * Why an answer does not open an approval; undefined when it does. Who may answer without a list: the person of the direct
 * chat that the run reports to, the owner of the gateway, and whoever may act on the control plane. In a room that others
 * share, nobody knows whose the run is: there it is the owner alone.
 */
export function findAccessProblem(
  run: RunRoute,
  node: RunNode,
  context: { origin?: EventOrigin | undefined; approvals?: ApprovalAccess | undefined },
): string | undefined {
  const { authority, approvers } = getApprovalAccess(node, context.approvals);
  if (authority === "reported") return undefined;
  const sender = context.origin?.sender;
  if (sender === undefined) return `${node.id} is opened only by a person whom the chat or the control plane knows`;
  if (approvers !== undefined) {
    const isNamed = approvers.some((one) => one.toLowerCase() === sender.id.toLowerCase());
    return isNamed ? undefined : `${sender.id} may not answer ${node.id}: ${approvers.join(", ")} may`;
  }
  const isOther = sender.role === "member" || (sender.role === "requester" && !isRequester(run, sender.id));
  return isOther ? `${sender.id} may not answer ${node.id}: its requester or an owner of the gateway may` : undefined;
}

/** Several direct chats may share one session; the route of a run says for which of them it is. */
function isRequester({ deliveryContext, boundRoute }: RunRoute, senderId: string): boolean {
  // Whoever changes where a run reports to does not change who asked for it.
  const context = boundRoute === undefined ? deliveryContext : boundRoute.before;
  const to = isJsonObject(context) ? context["to"] : undefined;
  return typeof to !== "string" || toPersonId(to) === toPersonId(senderId);
}

/** `telegram:4242`, `discord:user:4242` and `4242` name the same person; a group or a topic of one names nobody. */
function toPersonId(address: string): string {
  return address.replace(/^(?!channel:)[a-z][\w-]*:(?=.)/i, "").replace(/^user:/i, "");
}

/** Whether somebody may go around an approval that only verified persons answer. It is recorded and shown as bypassed. */
export function mayBypass(origin: EventOrigin | undefined): boolean {
  const role = origin?.sender?.role;
  return role === "owner" || role === "operator";
}

/** The no that stands at an approval: the last answer of all its attempts, when it is one. */
export function findStandingRejection(node: RunNode): ApprovalAnswer | undefined {
  const isRejected = (one: RunNode | NodeAttempt): boolean => one.answer !== undefined && one.reason === "rejected";
  const last = [...(node.attempts ?? []), node].findLast(({ answer }) => answer !== undefined);
  return last !== undefined && isRejected(last) ? last.answer : undefined;
}

/** A no is not gone past by whoever cannot show that a person says so. */
export function isPastRejection(node: RunNode, origin: EventOrigin | undefined): boolean {
  return isUnattended(origin) && findStandingRejection(node) !== undefined;
}
