/** The surfaces by which a change reaches a registry. */
export type Via = "cli" | "chat" | "dashboard" | "api" | "gateway" | "tool" | "file" | "library";

/**
 * Where a change came from. Set by the code that received the command, never by what the command says: beside it, `by` is
 * the name that somebody claimed.
 */
export interface EventOrigin {
  via: Via;
  /** The session of the agent, or of the conversation, that gave the command. */
  session?: string;
}

/**
 * The session of a child, such as `agent:main:subagent:5f1c`: it was given work, and no person talks in it. Whatever it
 * says of an answer is its own.
 */
export function isChildSession(session: string | undefined): boolean {
  return session !== undefined && /:(subagent|acp):/.test(session);
}
