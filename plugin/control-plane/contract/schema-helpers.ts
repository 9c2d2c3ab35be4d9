import { Kind, type TSchema, Type, TypeRegistry } from "@sinclair/typebox";
import { MAX_LIMIT } from "../../../registry-helper/internal.ts";

/** Small pieces that the schemas of answers are made of. An answer may always carry more than its schema names. */

/** JSON Schema's `enum`, which the checker of TypeBox has to be told of. */
const ONE_OF = "OneOf";
TypeRegistry.Set<{ enum: readonly unknown[] }>(ONE_OF, (schema, value) => schema.enum.includes(value));

export const oneOf = <const T extends readonly string[]>(values: T, description?: string) =>
  Type.Unsafe<T[number]>({
    [Kind]: ONE_OF,
    type: "string",
    enum: [...values],
    ...(description === undefined ? {} : { description }),
  });

export const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const time = Type.String({ description: "ISO 8601, UTC, with microseconds" });
export const maybeTime = orNull(time);
export const maybeText = orNull(Type.String());
export const count = Type.Integer({ minimum: 0 });
export const json = Type.Unknown({ description: "Any JSON" });
/** How many of each; what there is none of is left out. */
export const tally = Type.Record(Type.String(), count);

/** Nothing but what is named: the body of a request, or what OpenTask has. */
export const exactly = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

/** An entity with a name of its own in the OpenAPI document. */
export const entity = <T extends Record<string, TSchema>>(name: string, properties: T) => {
  const schema = Type.Object(properties);
  schema["$id"] = name;
  return schema;
};

/** The same with nothing but what is named. */
export const exactEntity = <T extends Record<string, TSchema>>(name: string, properties: T) => {
  const schema = exactly(properties);
  schema["$id"] = name;
  return schema;
};

export const optionalText = (description: string, maxLength = 65_536) =>
  Type.Optional(Type.String({ maxLength, description }));

export const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: 50 }));
export const before = Type.Optional(
  Type.String({ maxLength: 1024, description: "`next` of the page before; its content means nothing to a client" }),
);
export const since = Type.Optional(
  Type.String({ maxLength: 100, description: "ISO time, a day, or so long ago: 30m, 12h, 7d" }),
);
