import { ClawTaskError, isClawTaskError } from "../../../registry-helper/index.ts";
import { type Call, textOf } from "./handler.ts";

/**
 * Makes a run whose name comes from the key when the client names none: one that is there with another content is a key
 * used twice, not a name that is taken.
 *
 * @throws ClawTaskError `idempotency_conflict`, or what `make` throws
 */
export async function makeOnce<Made>({ key, body }: Call, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    const isOfKey = key !== undefined && textOf(body, "runId") === undefined;
    if (!isOfKey || !isClawTaskError(error) || error.code !== "run_exists") throw error;
    throw new ClawTaskError("idempotency_conflict", {
      message: `the idempotency key ${key} was used before with another content`,
      next: "use a new key for a new run; repeat a request unchanged to get its first answer",
    });
  }
}
