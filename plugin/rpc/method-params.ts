import type { CommandCall, CommandError } from "../commands/run-command.ts";
import type { GatewayMethod } from "../host/register/register-methods.ts";
import type { HostRecord } from "../host/untyped-fields.ts";

/** What a parameter is, and where it goes on the command line of its verb. */
export interface ParamSpec {
  readonly kind: "text" | "number" | "flag" | "texts" | "json";
  /** A free value instead of an option; in the order of the table. */
  readonly asValue?: boolean;
  readonly required?: boolean;
  /** Name of the option when it is not the parameter's. */
  readonly option?: string;
}

export type ParamTable = Readonly<Record<string, ParamSpec>>;

/** A method that is a verb of the command line and nothing else. */
export interface CommandMethod {
  readonly command: string;
  readonly scope: GatewayMethod["scope"];
  readonly params: ParamTable;
}

const EXPECTED: Readonly<Record<ParamSpec["kind"], string>> = {
  text: "a text",
  number: "a number",
  flag: "true or false",
  texts: "a list of texts",
  json: "any JSON",
};

/** Turns the parameters of a method into options and values of its verb; anything unexpected is said, not dropped. */
export function readParams(
  table: ParamTable,
  params: HostRecord,
): Omit<CommandCall, "command"> | { error: CommandError } {
  const unknown = Object.keys(params).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) return paramError(`unknown parameter: ${unknown}`, table);
  const options: Record<string, string | number | boolean | readonly string[]> = {};
  const values: string[] = [];
  for (const [name, spec] of Object.entries(table)) {
    const value = params[name];
    if (value === undefined || (value === null && spec.kind !== "json")) {
      if (spec.required === true) return paramError(`${name} is required`, table);
      continue;
    }
    if (spec.kind === "json") {
      options[spec.option ?? name] = JSON.stringify(value);
      continue;
    }
    if (!matchesKind(value, spec.kind)) return paramError(`${name}: ${EXPECTED[spec.kind]} is expected`, table);
    if (spec.asValue === true) values.push(...(Array.isArray(value) ? value : [String(value)]));
    else options[spec.option ?? name] = value;
  }
  return { options, values };
}

function matchesKind(value: unknown, kind: ParamSpec["kind"]): value is string | number | boolean | string[] {
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

function paramError(message: string, table: ParamTable): { error: CommandError } {
  return { error: { code: "usage", message, next: `parameters: ${Object.keys(table).join(", ") || "none"}` } };
}
