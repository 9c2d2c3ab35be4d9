/** Whether a result did not reach its requester, or nobody knows whether it did: a person has to decide. */
export function isUndelivered(state: string | undefined): boolean {
  return state === "failed" || state === "ambiguous";
}
