import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/**
 * Checks of what was read from a file before code relies on its type: a line that another tool, another version or a
 * damaged disk wrote may have any shape. By hand and not by a schema compiler, since every command reads through them.
 */
declare const shapeOf: unique symbol;

/** Says what of a value does not fit, as `.facts.label is not text`; undefined when it fits. */
export interface Shape<T> {
  (value: unknown): string | undefined;
  /** Ties a shape to its type in both ways, so that a field that may be null has a shape that lets null through. */
  readonly [shapeOf]?: (value: T) => T;
}

interface OptionalShape<T> {
  readonly optional: Shape<T>;
}

/** The shapes of all fields of an interface: one that is added to it and not here is an error of the compiler. */
type Fields<T> = {
  readonly [Name in keyof T]-?: object extends Pick<T, Name>
    ? OptionalShape<Exclude<T[Name], undefined>>
    : Shape<T[Name]>;
};

/** A field that may be missing. */
export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return { optional: shape };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? undefined : shape(value));
}

/** An object with these fields, and any others: newer versions and other tools add to it. */
export function record<T extends object>(fields: Fields<T>): Shape<T> {
  const entries = Object.entries(fields) as [string, Shape<unknown> | OptionalShape<unknown>][];
  const parts = entries.map(([name, field]) => ({
    name,
    isOptional: typeof field !== "function",
    fits: typeof field === "function" ? field : field.optional,
  }));
  return (value) => {
    if (!isJsonObject(value)) return " is not an object";
    for (const { name, isOptional, fits } of parts) {
      const field = value[name];
      if (field === undefined) {
        if (isOptional) continue;
        return `.${name} is missing`;
      }
      const problem = fits(field);
      if (problem !== undefined) return `.${name}${problem}`;
    }
    return undefined;
  };
}

export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return " is not a list";
    for (const [index, one] of value.entries()) {
      const problem = item(one);
      if (problem !== undefined) return `.${index}${problem}`;
    }
    return undefined;
  };
}

/** An object whose values all have one shape, by any names. */
export function dictionary<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value) => {
    if (!isJsonObject(value)) return " is not an object";
    for (const name in value) {
      const problem = item(value[name]);
      if (problem !== undefined) return `.${name}${problem}`;
    }
    return undefined;
  };
}

/** One of the words that this version knows: code depends on knowing it. */
export function oneOf<const T extends string>(words: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value) => (known.has(value) ? undefined : ` is not one of ${words.join(", ")}`);
}

/** A word of which a newer version may know more. */
export function word<T extends string>(): Shape<T> {
  return (value) => (typeof value === "string" ? undefined : " is not text");
}

export const text: Shape<string> = word();

export const flag: Shape<boolean> = (value) => (typeof value === "boolean" ? undefined : " is not true or false");

/** True where it is there at all. */
export const yes: Shape<true> = (value) => (value === true ? undefined : " is not true");

/** A number that the index can keep: SQLite gives back no integer that a double cannot hold. */
export const number: Shape<number> = (value) =>
  typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? undefined : " is not a number in range";

export const count: Shape<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : " is not a whole number from 0 on";

/** Higher than any position that a journal can reach: a damaged one must not make all lines behind it void. */
const MAX_POSITION = 1e10;

/** A position in a journal, from 1 on. */
export const position: Shape<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < MAX_POSITION
    ? undefined
    : " is not a position";

export const json: Shape<Json> = (value) => (value === undefined ? " is missing" : undefined);

export const jsonObject: Shape<JsonObject> = (value) => (isJsonObject(value) ? undefined : " is not an object");

export const textOrNumber: Shape<string | number> = (value) => (typeof value === "string" ? undefined : number(value));
