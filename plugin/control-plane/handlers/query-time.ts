import { type Micros, parseDuration, parseMicros } from "../../../registry-helper/internal.ts";
import { ApiProblem } from "../contract/problem.ts";

/**
 * A time as people write it: so long ago, a day, or an ISO time (UTC when it names no zone).
 *
 * @throws ApiProblem `query_invalid`
 */
export function parseQueryTime(text: string | undefined, name: string, now: Micros): Micros | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  // A plus sign that a client did not encode has become a space.
  const candidates = [text, text.replace(" ", "+"), `${text}Z`, `${text}T00:00:00Z`];
  const at = ago === undefined ? candidates.map(parseMicros).find((one) => one !== undefined) : now - ago;
  if (at !== undefined) return at;
  throw new ApiProblem("query_invalid", {
    detail: `parameter ${name}: 30m, 12h, 7d or an ISO time is expected, not ${text}`,
    details: { parameter: name },
  });
}
