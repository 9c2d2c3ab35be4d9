/** Commands of nobody in particular share a name: a claim of theirs may be anybody's. */
export const NAMELESS = "command line";

/** Who did something, as it is told: of a nameless caller the name says nothing. */
export function callerText(by: string): string {
  return by === NAMELESS ? "a caller without a session key" : by;
}
