import type { OperationError, OperationInput, OperationName } from "../../registry-helper/internal.ts";
import type { GatewayMethod } from "../host/register/register-methods.ts";
import type { HostRecord } from "../host/untyped-fields.ts";

/** What a parameter is. */
export interface ParamSpec {
  readonly kind: "text" | "number" | "flag" | "texts" | "json";
  readonly required?: boolean;
  /** Its name in the operation's input when that is another one. */
  readonly as?: string;
}

export type ParamTable = Readonly<Record<string, ParamSpec>>;

export const textParam = { kind: "text" } as const;
export const flagParam = { kind: "flag" } as const;
export const numberParam = { kind: "number" } as const;
export const requiredParam = { kind: "text", required: true } as const;

/** A method that calls one operation and nothing else. */
export interface OperationMethod<Name extends OperationName = OperationName> {
  /** Its name after `clawtask.`. */
  readonly name: string;
  readonly operation: Name;
  readonly scope: GatewayMethod["scope"];
  readonly params: ParamTable;
  /** Makes the operation's input of checked parameters. */
  readonly toInput: (params: HostRecord) => OperationInput<Name>;
}

/** Ties a method to the input of its operation. */
export function method<Name extends OperationName>(
  operation: Name,
  scope: "read" | "write",
  params: ParamTable,
  more: Partial<Pick<OperationMethod<Name>, "name" | "toInput">> = {},
): OperationMethod {
  // The table says what the parameters are; what they may say, the operation checks.
  const toInput = (params: HostRecord): OperationInput<Name> => params as unknown as OperationInput<Name>;
  const made: OperationMethod<Name> = {
    name: operation,
    operation,
    scope: `operator.${scope}`,
    params,
    toInput,
    ...more,
  };
  return made;
}

const EXPECTED: Readonly<Record<ParamSpec["kind"], string>> = {
  text: "a text",
  number: "a number",
  flag: "true or false",
  texts: "a list of texts",
  json: "any JSON",
};

/** Checks the parameters of a method, under the names of its operation; anything unexpected is said, not dropped. */
export function readParams(table: ParamTable, params: HostRecord): { input: HostRecord } | { error: OperationError } {
  const unknown = Object.keys(params).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) return paramError(`unknown parameter: ${unknown}`, table);
  const input: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const value = params[name];
    if (value === undefined || (value === null && spec.kind !== "json")) {
      if (spec.required === true) return paramError(`${name} is required`, table);
      continue;
    }
    if (!matchesKind(value, spec.kind)) return paramError(`${name}: ${EXPECTED[spec.kind]} is expected`, table);
    input[spec.as ?? name] = value;
  }
  return { input };
}

function matchesKind(value: unknown, kind: ParamSpec["kind"]): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "flag":
      return typeof value === "boolean";
    case "json":
      return true;
    case "texts":
      return Array.isArray(value) && value.every((one) => typeof one === "string");
  }
}

function paramError(message: string, table: ParamTable): { error: OperationError } {
  return { error: { code: "usage", message, next: `parameters: ${Object.keys(table).join(", ") || "none"}` } };
}
