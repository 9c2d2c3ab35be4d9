import { Type } from "@sinclair/typebox";
import { MAX_LIMIT } from "../../../registry-helper/internal.ts";

export const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: 50 }));
export const before = Type.Optional(
  Type.String({ maxLength: 1024, description: "`next` of the page before; its content means nothing to a client" }),
);
export const since = Type.Optional(
  Type.String({ maxLength: 100, description: "ISO time, a day, or so long ago: 30m, 12h, 7d" }),
);
