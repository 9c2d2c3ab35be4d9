/** The surfaces by which a change reaches a registry; `terminal` is the command line with a person in front of it. */
export const VIAS = ["cli", "terminal", "chat", "dashboard", "api", "gateway", "tool", "file", "library"] as const;
export type Via = (typeof VIAS)[number];

/** Who gave a command, as the host or the control plane knows them: an agent cannot choose it. */
export interface VerifiedSender {
  /** The host's id of the sender (`telegram:4242`, `gateway:<profile>`), or the name of the access (`dashboard`, `api`). */
  id: string;
  /** How a person reads it; the id unless given. */
  name?: string;
  /**
   * `owner`: of the gateway. `requester`: the other side of the direct chat that a run reports to. `operator`: has an
   * access to the control plane that may act. `member`: somebody in a room.
   */
  role: "owner" | "requester" | "operator" | "member";
}

/**
 * Where a change came from. Set by the code that received the command, never by what the command says: beside it, `by` is
 * the name that somebody claimed.
 */
export interface EventOrigin {
  via: Via;
  /** The session of the agent, or of the conversation, that gave the command. */
  session?: string;
  /** Absent when nobody vouches for who it was. */
  sender?: VerifiedSender;
}

/**
 * The session of a child, such as `agent:main:subagent:5f1c`: it was given work, and no person talks in it. Whatever it
 * says of an answer is its own.
 */
export function isChildSession(session: string | undefined): boolean {
  return session !== undefined && /:(subagent|acp):/.test(session);
}

/**
 * Whether nothing tells that a person gave the command: an agent's shell or tool, a script, a line in a file. A program
 * that uses the library speaks for itself.
 */
export function isUnattended(origin: EventOrigin | undefined): boolean {
  if (origin === undefined || origin.sender !== undefined) return false;
  return origin.via === "cli" || origin.via === "tool" || origin.via === "file";
}
