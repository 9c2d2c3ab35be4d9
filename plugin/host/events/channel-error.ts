/**
 * What an error of a channel's adapter says about a message, whatever the adapter.
 * `unreached`: no request was begun. `unanswered`: one was, and nobody knows what became of it. `refused`: the channel
 * answered.
 */
export type ChannelFailure = "refused" | "unanswered" | "unreached";

/** The words of sockets, of Node's fetch, of grammY and of the host itself. */
const UNREACHED =
  /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)\b|MESSAGE_NOT_DISPATCHED|\brequest not started\b/;
const UNANSWERED =
  /\b(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_\w+)\b|Network request for '\w+' failed|\b(?:fetch failed|socket hang up|network error|other side closed|terminated|timed? ?out|aborted?)\b/i;
/** Telegram's errors carry the answer's status: `Call to 'sendMessage' failed! (504: Gateway Timeout)`. */
const ANSWERED = /\([45]\d\d: /;

/**
 * Reads the error of a message that was not sent. An answer of the channel counts before anything else that its words
 * may sound like.
 *
 * @example
 * readChannelError("Call to 'sendMessage' failed! (403: Forbidden)"); // "refused"
 * readChannelError("fetch failed | connect ECONNREFUSED 127.0.0.1:443"); // "unreached"
 */
export function readChannelError(error: string | undefined): ChannelFailure {
  if (error === undefined || ANSWERED.test(error)) return "refused";
  if (UNREACHED.test(error)) return "unreached";
  return UNANSWERED.test(error) ? "unanswered" : "refused";
}
