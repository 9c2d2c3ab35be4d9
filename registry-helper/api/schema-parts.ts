/** What the schemas of arguments are made of. `@internal`: the published types know no TypeBox. */
import { type TObject, type TProperties, Type } from "@sinclair/typebox";
import { MAX_LIMIT } from "../model/limits.ts";

/** @internal A text that must not be empty, such as an id. */
export const text = (description = "a text"): ReturnType<typeof Type.String> =>
  Type.String({ minLength: 1, description });
/** @internal A text that may be empty, such as a message. */
export const anyText = Type.String({ description: "a text" });
/** @internal */
export const choice = <Value extends string>(values: readonly Value[]): ReturnType<typeof Type.Unsafe<Value>> =>
  Type.Unsafe<Value>({ ...Type.Union(values.map((value) => Type.Literal(value))), description: values.join(" | ") });
/** @internal Other keys than these are rejected. */
export const object = <Properties extends TProperties>(properties: Properties): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false });

/** @internal */
export const flag = Type.Boolean({ description: "true or false" });
/** @internal */
export const pageSize = Type.Integer({
  minimum: 1,
  maximum: MAX_LIMIT,
  description: `a number from 1 to ${MAX_LIMIT}`,
});
/** @internal */
export const key = Type.Optional(text());
/** @internal Preconditions of everything that changes one thing. */
export const change = {
  key,
  expectedRevision: Type.Optional(Type.Integer({ minimum: 0, description: "a revision: a whole number" })),
};
