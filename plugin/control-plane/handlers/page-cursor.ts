import { dayOfId } from "../../../registry-helper/model/ids.ts";
import { ApiProblem } from "../contract/problem.ts";

/** A place in a list whose order is not that of the ids, as a client carries it: it is not meant to be read. */
export interface Place {
  id: string;
  at: string | null;
}

export function cursorOf({ id, at }: Place): string {
  return Buffer.from(JSON.stringify([id, at])).toString("base64url");
}

/** @throws ApiProblem `query_invalid` */
export function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [id, at] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof id === "string" && (typeof at === "string" || at === null)) return { id, at };
  } catch {
    // What is no JSON is no cursor of ours either.
  }
  throw notOfAPage();
}

/**
 * Tasks are listed in the order of their ids, so that the last one is the place.
 *
 * @throws ApiProblem `query_invalid`
 */
export function taskPlaceOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined || (cursor.startsWith("t-") && dayOfId(cursor) !== undefined)) return cursor;
  throw notOfAPage();
}

function notOfAPage(): ApiProblem {
  return new ApiProblem("query_invalid", {
    detail: "parameter before: it is the `next` of an earlier page",
    details: { parameter: "before" },
  });
}
