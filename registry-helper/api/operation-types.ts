/** The types of the public API, taken from the catalog of operations: no method is written down twice. */
import type { OperationName } from "../operations/catalog.ts";
import type { NoInput, OperationDocument, OperationInput } from "../operations/operation-types.ts";

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
