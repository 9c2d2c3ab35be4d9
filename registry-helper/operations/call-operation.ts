import { type ErrorDocument, toErrorDocument } from "../model/error-document.ts";
import { getErrorMessage, isClawTaskError } from "../model/errors.ts";
import { exactDigits } from "../model/json.ts";
import { storageError } from "../storage/storage-errors.ts";
import { type OperationName, OPERATIONS } from "./catalog.ts";
import type { IndexedContext, Operation } from "./operation.ts";

export type OperationInput<Name extends OperationName> = (typeof OPERATIONS)[Name] extends (
  context: never,
  input: infer Input extends object,
) => unknown
  ? Input
  : object;
export type OperationDocument<Name extends OperationName> = Awaited<ReturnType<(typeof OPERATIONS)[Name]>>["document"];

/** An error of ClawTask, or one that nobody foresaw (`internal`). */
export type OperationError = Omit<ErrorDocument, "code"> & { code: ErrorDocument["code"] | "internal" | "not_running" };

/** What an operation answered, as it crosses threads. */
export type OperationResult<Document> = { readonly document: Document } | { readonly error: OperationError };

/**
 * Calls an operation by its name for a caller in another thread. Never throws.
 *
 * @example
 * const result = await callOperation(context, "tasks.show", { task: "0rk3m9zr1a2b" });
 * if ("error" in result) console.error(result.error.message);
 */
export async function callOperation<Name extends OperationName>(
  context: IndexedContext,
  name: Name,
  input: OperationInput<Name>,
): Promise<OperationResult<OperationDocument<Name>>> {
  try {
    // The catalog pairs each name with its input; the compiler cannot follow that through a lookup.
    const operation = OPERATIONS[name] as unknown as Operation<OperationInput<Name>>;
    const { document } = await operation(context, input);
    return { document: toPlainNumbers(document) as OperationDocument<Name> };
  } catch (thrown) {
    const error = storageError(thrown, "the registry");
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
