import { OPERATIONS, type OperationName } from "../operations/catalog.ts";
import type { IndexedContext, Outcome } from "../operations/operation.ts";
import { storageError } from "../storage/storage-errors.ts";

/**
 * Calls an operation by its name. The input is that operation's: `checkInput` has seen to it.
 *
 * @throws ClawTaskError what the operation throws, and for a registry that cannot be read or written
 */
export function callOperation(context: IndexedContext, name: OperationName, input: object): Outcome {
  const operation = OPERATIONS[name] as (context: IndexedContext, input: object) => Outcome;
  try {
    return operation(context, input);
  } catch (error) {
    throw storageError(error, "the registry");
  }
}
