import { type ErrorDocument, toErrorDocument } from "../model/error-document.ts";
import { getErrorMessage, isClawTaskError } from "../model/errors.ts";
import { exactDigits } from "../model/json.ts";
import { storageError } from "../storage/storage-errors.ts";
import { type OperationName, OPERATIONS } from "./catalog.ts";
import type { OperationDocument, OperationInput } from "./operation-types.ts";
import type { IndexedContext, Operation, Outcome } from "./operation.ts";

/** An error of ClawTask, or one that nobody foresaw (`internal`). */
export type OperationError = Omit<ErrorDocument, "code"> & { code: ErrorDocument["code"] | "internal" | "not_running" };

/** What an operation answered, as it crosses threads. */
export type OperationResult<Document> = { readonly document: Document } | { readonly error: OperationError };

/**
 * Runs an operation by its name. The input must be that operation's.
 *
 * @throws ClawTaskError what the operation throws, and for a registry that cannot be read or written
 */
export function runOperation(context: IndexedContext, name: OperationName, input: object): Outcome {
  // The catalog pairs each name with its input; the compiler cannot follow that through a lookup.
  const operation = OPERATIONS[name] as unknown as Operation<object>;
  try {
    return operation(context, input);
  } catch (error) {
    throw storageError(error, "the registry");
  }
}

/**
 * Calls an operation by its name for a caller in another thread. Never throws.
 *
 * @example
 * const result = callOperation(context, "tasks.show", { task: "0rk3m9zr1a2b" });
 * if ("error" in result) console.error(result.error.message);
 */
export function callOperation<Name extends OperationName>(
  context: IndexedContext,
  name: Name,
  input: OperationInput<Name>,
): OperationResult<OperationDocument<Name>> {
  try {
    const { document } = runOperation(context, name, input);
    return { document: toPlainNumbers(document) as OperationDocument<Name> };
  } catch (error) {
    if (isClawTaskError(error)) return { error: toErrorDocument(error, context.self) };
    return { error: { code: "internal", message: getErrorMessage(error) } };
  }
}

/** Integers beyond a double are kept as their digits in objects that cannot be cloned: they cross as doubles. */
function toPlainNumbers(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const digits = exactDigits(value);
  if (digits !== undefined) return Number(digits);
  if (Array.isArray(value)) return value.map(toPlainNumbers);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toPlainNumbers(one)]));
}
