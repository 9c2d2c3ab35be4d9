/**
 * A child whose turn ended while its own children still work is continued by the host under a new run id,
 * `announce:v1:<childSessionKey>:<runId>:wake`, as often as it takes; announcements of it are named after
 * that id. For the ledger it is one piece of work: the id that it began with.
 */
const WAKE = /announce:v1:(?:(?!announce:v1:).)+?:([^:]+):wake/;

/** The run id without the host's continuations. */
export function originalRunId(runId: string): string {
  let plain = runId;
  for (let next = unwrapped(plain); next !== plain; next = unwrapped(plain)) plain = next;
  return plain;
}

function unwrapped(runId: string): string {
  return runId.replace(WAKE, "$1");
}

/** A turn in which the host hands over several results, or one that it could not announce on its own. */
const SETTLING = "announce:requester-settle:";

/**
 * Whether a turn of this id tells a requester of this child run: `announce:v1:<childSessionKey>:<runId>`, or
 * `announce:requester-settle:<agent>:<requesterSessionKey>:<runId>,<runId>...`, each with a suffix when it is
 * not the first try.
 */
export function isAnnouncementFor(
  turnRunId: string,
  child: { sessionKey: string | null; runId: string | null },
): boolean {
  const { sessionKey, runId } = child;
  if (runId === null) return false;
  const own = `announce:v1:${sessionKey ?? ""}:${runId}`;
  if (turnRunId === own || turnRunId.startsWith(`${own}:`)) return true;
  return turnRunId.startsWith(SETTLING) && turnRunId.slice(SETTLING.length).split(/[:,]/).includes(runId);
}
