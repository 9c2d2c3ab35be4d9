import { openApiDocument } from "../contract/openapi.ts";
import type { Handler } from "./handler.ts";

let text: string | undefined;

/** The description of this very API. It is the same for all, and made once. */
export const getOpenApi: Handler = () => {
  text ??= JSON.stringify(openApiDocument());
  return { text, mediaType: "application/json" };
};
