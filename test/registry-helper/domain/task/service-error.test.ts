import { describe, expect, it } from "vitest";
import { classifyServiceError } from "../../../../registry-helper/domain/task/service-error.ts";

const AUTH = [
  "HTTP 401: Bad credentials (https://api.github.com/graphql)",
  "Web fetch failed (403): Forbidden",
  "Request failed with status code 401",
  'Error: {"status": 403, "message": "no"}',
  "401 Unauthorized",
  "curl: (22) The requested URL returned error: 403",
  "invalid_grant: Token has been expired or revoked.",
  "The OAuth token could not be refreshed",
  "access token expired",
  "fatal: Authentication failed for 'https://example.org/x.git'",
  "git@example.org: Permission denied (publickey).",
  "You are not logged in to any hosts. Run gh auth login",
  "Invalid API key provided",
];
const UNAVAILABLE = [
  "HTTP/1.1 429 Too Many Requests",
  "Error code: 429 - rate limit reached",
  "Web fetch failed (503): Service Unavailable",
  "status=500",
  "502 Bad Gateway",
  "529 overloaded",
  "MCP error -32001: Request timed out",
  "connect ETIMEDOUT 10.0.0.1:443",
  "connect ECONNREFUSED 127.0.0.1:80",
  "TypeError: fetch failed",
  "curl: (6) Could not resolve host: example.org",
  "insufficient quota: quota exceeded",
];
const NEITHER = [
  "",
  "ENOENT: no such file or directory, open '/tmp/401.txt'",
  "HTTP 404: Not Found",
  "status code 400",
  "line 403: unexpected token",
  "found 500 matches",
  "port 4290 is in use",
  "the query is missing its argument",
];

describe("the error of a service", () => {
  it.each(AUTH)("asks for a login: %s", (text) => expect(classifyServiceError(text)).toBe("auth"));
  it.each(UNAVAILABLE)("is a service that does not answer: %s", (text) =>
    expect(classifyServiceError(text)).toBe("external_api"),
  );
  it.each(NEITHER)("is neither: %j", (text) => expect(classifyServiceError(text)).toBeUndefined());

  it.each<[number, string | undefined]>([
    ...[401, 403].map((status): [number, string] => [status, "auth"]),
    ...[408, 429, 500, 502, 503, 504, 529, 599].map((status): [number, string] => [status, "external_api"]),
    ...[200, 302, 400, 404, 409, 422, 600].map((status): [number, undefined] => [status, undefined]),
  ])("with status %i is %s", (status, expected) => {
    expect(classifyServiceError("it failed", status)).toBe(expected);
  });

  it("is found at the end of a long output", () => {
    expect(classifyServiceError(`${"x\n".repeat(10_000)}HTTP 401`)).toBe("auth");
  });
});
