import { ClawTaskError, isClawTaskError } from "../../../registry-helper/internal.ts";
import { type HandlerRequest, getText } from "./handler.ts";

/**
 * Makes a run whose name comes from the key when the client names none: one that is there with another content is a key
 * used twice, not a name that is taken.
 *
 * @throws ClawTaskError `idempotency_conflict`, or what `create` throws
 */
export async function createIdempotently<Created>(
  { key, body }: HandlerRequest,
  create: () => Promise<Created>,
): Promise<Created> {
  try {
    return await create();
  } catch (error) {
    const isOfKey = key !== undefined && getText(body, "runId") === undefined;
    if (!isOfKey || !isClawTaskError(error) || error.code !== "run_exists") throw error;
    throw new ClawTaskError("idempotency_conflict", {
      message: `the idempotency key ${key} was used before with another content`,
      remedy: { hint: "use a new key for a new run; repeat a request unchanged to get its first answer" },
    });
  }
}
