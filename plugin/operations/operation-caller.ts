import type {
  EventOrigin,
  OperationDocument,
  OperationInput,
  OperationName,
  OperationResult,
} from "../../registry-helper/internal.ts";

/** Calls an operation on the gateway's registry: the recorder's worker thread carries it out. Never throws. */
export type OperationCaller = <Name extends OperationName>(
  name: Name,
  input: OperationInput<Name>,
  actor?: string,
  origin?: EventOrigin,
) => Promise<OperationResult<OperationDocument<Name>>>;

/**
 * The same, with everything that it changes attributed to `actor`; a function is asked at each call.
 *
 * @param origin by which surface the calls come, and from whose session
 */
export function callAs(
  actor: string | (() => string) | undefined,
  call: OperationCaller,
  origin: EventOrigin,
): OperationCaller {
  return (name, input) => call(name, input, typeof actor === "function" ? actor() : actor, origin);
}
