import { OPERATIONS, type OperationName } from "../operations/catalog.ts";
import { OPERATION_SCHEMAS } from "./operation-schemas.ts";
import type { OperationGroup } from "./operation-types.ts";
import { validate } from "./validate.ts";

type Method = (input?: unknown) => unknown;

/** What `groupMethods` makes: the operations of the group `registry` on top, the others in their groups. */
type MethodGroups = Record<string, Method | Record<string, Method>>;

/**
 * All operations of the catalog as methods, as `RegistryApi` has them.
 *
 * @param call receives the input as the caller gave it, `{}` for none
 * @example
 * groupMethods((name, input) => callOperation(context, name, checkInput(name, input)));
 */
export function groupMethods(call: (name: OperationName, input: unknown) => unknown): MethodGroups {
  const top: Record<string, Method> = {};
  const groups: Partial<Record<OperationGroup, Record<string, Method>>> = {};
  for (const name of Object.keys(OPERATIONS) as OperationName[]) {
    const [group, method] = splitName(name);
    const methods = group === "registry" ? top : (groups[group] ??= {});
    methods[method] = (input = {}) => call(name, input);
  }
  return { ...groups, ...top };
}

/** @throws ClawTaskError `argument_invalid` naming the method and the argument */
export function checkInput(name: OperationName, input: unknown): object {
  const [group, method] = splitName(name);
  return validate(group === "registry" ? method : `${group}.${method}`, OPERATION_SCHEMAS[name], input);
}

/** `runs.transition-node` is the method `transitionNode` of `runs`. */
function splitName(name: OperationName): [group: OperationGroup, method: string] {
  const [group, operation = ""] = name.split(".") as [OperationGroup, string?];
  return [group, operation.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())];
}
