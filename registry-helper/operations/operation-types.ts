/** The types of the operations by their names, taken from the catalog: nothing is written down twice. */
import type { OPERATIONS, OperationName } from "./catalog.ts";

/**
 * What an operation takes.
 *
 * @example
 * const input: OperationInput<"runs.next"> = { runId: "report-1", claim: true };
 */
export type OperationInput<Name extends OperationName> =
  Parameters<(typeof OPERATIONS)[Name]> extends [unknown, infer Input extends object] ? Input : NoInput;

/** What an operation without an input takes. */
export type NoInput = Record<string, never>;

/**
 * What an operation returns: plain data that can be printed as JSON and sent between threads.
 *
 * @example
 * function print({ tasks }: OperationDocument<"tasks.list">): void {}
 */
export type OperationDocument<Name extends OperationName> = ReturnType<(typeof OPERATIONS)[Name]>["document"];
