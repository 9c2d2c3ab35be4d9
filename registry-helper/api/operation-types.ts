/** The types of the public API, taken from the catalog of operations: no method is written down twice. */
import type { OPERATIONS, OperationName } from "../operations/catalog.ts";

/**
 * What an operation takes.
 *
 * @example
 * const input: OperationInput<"runs.next"> = { runId: "report-1", claim: true };
 */
export type OperationInput<Name extends OperationName> =
  Parameters<(typeof OPERATIONS)[Name]> extends [unknown, infer Input extends object] ? Input : NoInput;

type NoInput = Record<string, never>;

/**
 * What an operation returns: plain data that can be printed as JSON and sent between threads.
 *
 * @example
 * function print({ tasks }: OperationDocument<"tasks.list">): void {}
 */
export type OperationDocument<Name extends OperationName> = ReturnType<(typeof OPERATIONS)[Name]>["document"];

export type OperationGroup = OperationName extends `${infer Group}.${string}` ? Group : never;

/** `transition-node` is `transitionNode` in TypeScript. */
type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest>>}`
  : Text;

type MethodName<Group extends OperationGroup, Name extends OperationName> = Name extends `${Group}.${infer Rest}`
  ? CamelCase<Rest>
  : never;

/** An input whose properties are all optional may be omitted. */
type Arguments<Name extends OperationName> =
  NoInput extends OperationInput<Name> ? [input?: OperationInput<Name>] : [input: OperationInput<Name>];

/** The operations of a group as methods: `runs.transition-node` is `runs.transitionNode`. */
export type Methods<Group extends OperationGroup> = {
  [Name in OperationName as MethodName<Group, Name>]: (...input: Arguments<Name>) => OperationDocument<Name>;
};

/** The same methods, each returning a promise. */
export type AsyncMethods<Group extends OperationGroup> = {
  [Name in OperationName as MethodName<Group, Name>]: (...input: Arguments<Name>) => Promise<OperationDocument<Name>>;
};
