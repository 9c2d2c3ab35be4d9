/** Commands of nobody in particular share a name: a claim of theirs may be anybody's. */
export const ANONYMOUS_CALLER = "command line";

/** Who did something, as it is told: of a nameless caller the name says nothing. */
export function formatCaller(by: string): string {
  return by === ANONYMOUS_CALLER ? "a caller without a session key" : by;
}
