import type { BlockReason } from "../../model/task-status.ts";

/** What the failed call of a service says about the work that called it. */
export type ServiceBlock = Extract<BlockReason, "auth" | "external_api">;

/** How much of an error is looked at: what failed stands at its beginning, or at the end of an output. */
const LOOKED_AT = 1_500;

/** Where a number in a text is the status of an answer, and no line number, port or amount. */
const STATUS =
  /(?:\bhttps?(?:\/\d(?:\.\d)?)?|\bstatus(?:[ _]?code)?|\berror(?:[ _]?code)?|\bcode|\bfailed|\bresponse|\breturned)["']?[\s:=(]{1,4}["']?([45]\d\d)\b|\b(40[13]|429|5\d\d)[\s:,)-]{1,3}(?:unauthori[sz]ed|forbidden|too many|internal|bad gateway|service|gateway|overloaded)/gi;

const AUTH: readonly RegExp[] = [
  /\bunauthori[sz]ed\b|\bunauthenticated\b|\bauthentication (?:failed|required|error)\b|\bauthorization required\b/i,
  /\boauth\b|\binvalid_(?:grant|token|client)\b|\binsufficient[ _]scopes?\b/i,
  /\b(?:access |refresh |api )?(?:token|session|credentials?) (?:has |have |is |are )?(?:expired|revoked|invalid)\b/i,
  /\bexpired (?:token|session|credentials?)\b|\bbad credentials\b|\b(?:invalid|missing|incorrect)[ _]api[ _]key\b/i,
  /\bnot logged in\b|\blog ?in required\b|\bre-?authenticat|\bpermission denied \(publickey|\bcould not read (?:username|password)\b/i,
];

const UNAVAILABLE: readonly RegExp[] = [
  /\btoo many requests\b|\brate[ -]?limit|\bquota (?:exceeded|exhausted)\b|\bresource_exhausted\b|\boverloaded\b/i,
  /\btimed? ?-?out\b|\btimeout\b|\bdeadline exceeded\b|\bETIMEDOUT\b|\bUND_ERR_\w+_TIMEOUT\b/i,
  /\bECONN(?:REFUSED|RESET|ABORTED)\b|\bENOTFOUND\b|\bEAI_AGAIN\b|\bE(?:HOST|NET)UNREACH\b|\bsocket hang up\b/i,
  /\bfetch failed\b|\bcould(?:n't| not) resolve host\b|\bconnection (?:refused|reset|timed out)\b/i,
  /\bservice unavailable\b|\bbad gateway\b|\binternal server error\b/i,
];

/**
 * Classifies the error of a call to a service: a login that is missing, a service that does not answer, or neither
 * (what was asked for is wrong, and asking otherwise helps). Pure.
 *
 * @param status the status of the answer, where the tool says it as a number
 */
export function classifyServiceError(text: string, status?: number): ServiceBlock | undefined {
  const looked = text.length > 2 * LOOKED_AT ? `${text.slice(0, LOOKED_AT)}\n${text.slice(-LOOKED_AT)}` : text;
  for (const code of [...(status === undefined ? [] : [status]), ...listStatuses(looked)]) {
    const meaning = classifyStatus(code);
    if (meaning !== undefined) return meaning;
  }
  if (AUTH.some((pattern) => pattern.test(looked))) return "auth";
  return UNAVAILABLE.some((pattern) => pattern.test(looked)) ? "external_api" : undefined;
}

function listStatuses(text: string): number[] {
  return [...text.matchAll(STATUS)].map(([, named, described]) => Number(named ?? described));
}

function classifyStatus(status: number): ServiceBlock | undefined {
  if (status === 401 || status === 403) return "auth";
  return status === 408 || status === 429 || (status >= 500 && status <= 599) ? "external_api" : undefined;
}
