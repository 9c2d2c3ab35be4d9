import { describe, expect, it } from "vitest";
import { type ChannelFailure, readChannelError } from "../../../../plugin/host/events/channel-error.ts";

const ERRORS: Readonly<Record<ChannelFailure, readonly (string | undefined)[]>> = {
  refused: [
    undefined,
    "",
    "500",
    "Call to 'sendMessage' failed! (403: Forbidden: bot was blocked by the user)",
    "Call to 'sendMessage' failed! (504: Gateway Timeout)",
    "Call to 'sendMessage' failed! (429: Too Many Requests: retry after 1)",
    "Unknown Channel",
    "Missing Access",
    "Internal Server Error",
    "channel_not_found",
    "a word that nobody knows",
  ],
  unanswered: [
    "Network request for 'sendMessage' failed!",
    "read ECONNRESET",
    "write EPIPE",
    "connect ETIMEDOUT 149.154.167.220:443",
    "socket hang up",
    "fetch failed",
    "TypeError: fetch failed | other side closed | UND_ERR_SOCKET",
    "The operation was aborted due to timeout",
    "Request timed out.",
    "terminated",
  ],
  unreached: [
    "fetch failed | connect ECONNREFUSED 127.0.0.1:40395 | ECONNREFUSED | ECONNREFUSED",
    "getaddrinfo ENOTFOUND discord.com",
    "getaddrinfo EAI_AGAIN api.telegram.org",
    "connect EHOSTUNREACH 10.0.0.1:443",
    "connect ENETUNREACH 10.0.0.1:443",
    "Connect Timeout Error | UND_ERR_CONNECT_TIMEOUT",
    "Telegram request not started | Network request for 'sendMessage' failed! | OPENCLAW_PLATFORM_MESSAGE_NOT_DISPATCHED",
  ],
};

describe.each(Object.entries(ERRORS))("an error that means %s", (failure, errors) => {
  it.each(errors.map((error) => [error]))("%j", (error) => {
    expect(readChannelError(error)).toBe(failure);
  });
});
