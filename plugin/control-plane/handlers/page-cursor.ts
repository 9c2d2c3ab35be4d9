import { parseDayFromId } from "../../../registry-helper/internal.ts";
import { ApiProblem } from "../contract/problem.ts";

/** A place in a list whose order is not that of the ids, as a client carries it: it is not meant to be read. */
export interface PagePosition {
  id: string;
  at: string | null;
}

export function formatPageCursor({ id, at }: PagePosition): string {
  return Buffer.from(JSON.stringify([id, at])).toString("base64url");
}

/** @throws ApiProblem `query_invalid` */
export function parsePageCursor(cursor: string | undefined): PagePosition | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [id, at] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof id === "string" && (typeof at === "string" || at === null)) return { id, at };
  } catch {
    // What is no JSON is no cursor of ours either.
  }
  throw invalidCursor();
}

/**
 * Tasks are listed in the order of their ids, so that the last one is the place.
 *
 * @throws ApiProblem `query_invalid`
 */
export function parseTaskCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || (cursor.startsWith("t-") && parseDayFromId(cursor) !== undefined)) return cursor;
  throw invalidCursor();
}

function invalidCursor(): ApiProblem {
  return new ApiProblem("query_invalid", {
    detail: "parameter before: it is the `next` of an earlier page",
    details: { parameter: "before" },
  });
}
