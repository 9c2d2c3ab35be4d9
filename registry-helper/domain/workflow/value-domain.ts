import { isJsonObject, type Json } from "../../model/json.ts";
import type { ValueTest } from "../../model/node-policy.ts";
import type { WorkflowParam } from "../../model/workflow-definition.ts";
import { passes } from "../run/state/conditions.ts";

/** What a value of a run can be, as far as its workflow says so. */
export interface ValueDomain {
  /** The types that it can have; undefined for any. */
  types?: readonly string[];
  /** All that it can be; undefined for anything of its types. */
  values?: readonly Json[];
  /** Whether it may not be there. */
  mayBeMissing: boolean;
}

/** A run has a value for each of its parameters. */
export function paramDomain({ type, enum: values }: WorkflowParam): ValueDomain {
  return { types: [type], ...(values === undefined ? {} : { values }), mayBeMissing: false };
}

/** A field of a result, by the JSON Schema of the whole; what the schema does not say may be anything. */
export function outputDomain(schema: Json | undefined, path: string): ValueDomain {
  let found: Json | undefined = schema;
  for (const key of path.split(".")) {
    if (!isJsonObject(found)) return { mayBeMissing: true };
    const { properties, items }: { [key: string]: Json } = found;
    found =
      isJsonObject(properties) && Object.hasOwn(properties, key)
        ? properties[key]
        : /^\d+$/.test(key)
          ? items
          : undefined;
  }
  if (!isJsonObject(found)) return { mayBeMissing: true };
  const { type, enum: values } = found;
  const types = typeof type === "string" ? [type] : Array.isArray(type) ? type.map(String) : undefined;
  const constant = Object.hasOwn(found, "const") ? [found["const"] as Json] : undefined;
  const all = Array.isArray(values) ? values : constant;
  return {
    ...(types === undefined ? {} : { types }),
    ...(all === undefined ? {} : { values: all }),
    mayBeMissing: true,
  };
}

/** Why no value passes these tests, each of which it has to pass; undefined when one does, or when that is not known. */
export function findContradiction(tests: readonly ValueTest[], domain: ValueDomain): string | undefined {
  const candidates = candidatesFor(tests, domain);
  if (candidates !== undefined) {
    if (candidates.some((value) => tests.every((test) => passes(test, value)))) return undefined;
    return domain.mayBeMissing && tests.every((test) => passes(test, undefined)) ? undefined : describeDomain(domain);
  }
  const ordered = tests.filter(({ greaterThan, lessThan }) => greaterThan !== undefined || lessThan !== undefined);
  if (ordered.length === 0) {
    const isNeverThere = !domain.mayBeMissing && tests.some(({ exists }) => exists === false);
    return isNeverThere ? "it is always there" : undefined;
  }
  if (domain.types?.some((type) => type === "number" || type === "integer") === false) return describeDomain(domain);
  const above = Math.max(...tests.map(({ greaterThan = -Infinity }) => greaterThan));
  const below = Math.min(...tests.map(({ lessThan = Infinity }) => lessThan));
  const isWhole = domain.types?.length === 1 && domain.types[0] === "integer";
  const hasRoom = isWhole ? Math.floor(above) + 1 < below : above < below;
  return hasRoom ? undefined : `no ${isWhole ? "whole " : ""}number is above ${above} and below ${below}`;
}

/** The few values that may pass; undefined when they are not few. */
function candidatesFor(tests: readonly ValueTest[], domain: ValueDomain): readonly Json[] | undefined {
  const { types } = domain;
  if (domain.values !== undefined) return domain.values;
  if (types?.length === 1 && types[0] === "boolean") return [true, false];
  for (const { equals, in: list } of tests) {
    const wanted = equals === undefined ? list : [equals];
    if (wanted !== undefined) return wanted.filter((value) => types?.some((type) => isOfType(value, type)) !== false);
  }
  return undefined;
}

/** Values that a test compares with though it can never be any of them. */
export function findForeignValues(test: ValueTest, { types, values }: ValueDomain): Json[] {
  const compared = [test.equals, test.notEquals, ...(test.in ?? [])].filter((value) => value !== undefined);
  return compared.filter((value) => {
    if (values !== undefined) return !values.some((one) => JSON.stringify(one) === JSON.stringify(value));
    return types?.some((type) => isOfType(value, type)) === false;
  });
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    default:
      return typeof value === type;
  }
}

/** "it is a boolean", "it is one of de, en". */
function describeDomain({ types, values }: ValueDomain): string {
  if (values !== undefined) return `it is one of ${values.slice(0, 12).map(String).join(", ")}`;
  return types === undefined ? "these exclude each other" : `its type is ${types.join(" or ")}`;
}
