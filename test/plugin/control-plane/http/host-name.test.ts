import { describe, expect, it } from "vitest";
import { checkOrigin, checkSameOrigin, loopbackRules } from "../../../../plugin/control-plane/http/check-origin.ts";
import { canonicalHost, canonicalOrigin } from "../../../../plugin/control-plane/http/host-name.ts";

const RULES = loopbackRules(7433, ["tasks.example.org", "Other.Example:8443", "localhost:9000", "[2001:DB8::1]"]);
const read = { isUnsafe: false, isStatic: false };

const ACCEPTED = [
  "127.0.0.1:7433",
  "localhost:7433",
  "LocalHost:7433",
  "localhost.:7433",
  "[::1]:7433",
  "tasks.example.org",
  "TASKS.example.org",
  "tasks.example.org.",
  "tasks.example.org:",
  "tasks.example.org:80",
  "tasks.example.org:443",
  "tasks.example.org.:443",
  "other.example:8443",
  "localhost:9000",
  "[2001:db8::1]",
  "[2001:db8::1]:443",
];
const REFUSED = [
  "localhost",
  "localhost:443",
  "localhost:9001",
  "127.0.0.1",
  "127.0.0.1:80",
  "tasks.example.org:8080",
  "tasks.example.org:4433",
  "other.example",
  "other.example:443",
  "sub.tasks.example.org",
  "tasks.example.org.evil.example",
  "evil.example:7433",
];
/** What is no host at all, and must not be repeated. */
const MALFORMED = [
  "",
  ":7433",
  "localhost:7433:7433",
  "user@localhost:7433",
  "localhost:99999",
  "localhost:-1",
  "localhost:7433/x",
  "localhost:7433 ",
  "[::1",
  "..",
  "<script>alert(1)</script>",
  "a\u202eb",
  "x".repeat(300),
];

describe("the Host header", () => {
  it.each(ACCEPTED)("%s is accepted", (host) => {
    expect(checkOrigin({ headers: { host }, ...read }, RULES)).toBeUndefined();
  });

  it.each(REFUSED)("%s is refused by its name, with how to allow it", (host) => {
    const problem = checkOrigin({ headers: { host }, ...read }, RULES);
    const name = canonicalHost(host) ?? "";
    expect(problem).toMatchObject({ status: 403, code: "host_refused" });
    expect(problem?.detail).toContain(name);
    expect(problem?.remedy?.hint).toContain(`--allow-host ${name}`);
    const allowed = loopbackRules(7433, [name]);
    expect(checkOrigin({ headers: { host }, ...read }, allowed)).toBeUndefined();
  });

  it.each(MALFORMED)("%j is refused and not repeated", (host) => {
    const problem = checkOrigin({ headers: { host }, ...read }, RULES);
    expect(problem).toMatchObject({
      status: 403,
      code: "host_refused",
      detail: expect.stringContaining("that name") as string,
    });
    if (host !== "") expect(JSON.stringify(problem)).not.toContain(JSON.stringify(host).slice(1, -1));
  });

  it("is refused when there is none", () => {
    expect(checkOrigin({ headers: {}, ...read }, RULES)?.code).toBe("host_refused");
  });
});

describe("the Origin header of a command", () => {
  const command = { isUnsafe: true, isStatic: false };
  const check = (origin: string): string | undefined =>
    checkOrigin({ headers: { host: "tasks.example.org", origin }, ...command }, RULES)?.code;

  it.each([
    "https://tasks.example.org",
    "https://tasks.example.org:443",
    "http://tasks.example.org:80",
    "HTTPS://Tasks.example.org",
    "https://other.example:8443",
    "http://localhost:9000",
    "http://127.0.0.1:7433",
  ])("%s is accepted", (origin) => {
    expect(check(origin)).toBeUndefined();
  });

  it.each([
    "null",
    "",
    "https://tasks.example.org:80",
    "http://tasks.example.org:443",
    "https://127.0.0.1:7433",
    "https://tasks.example.org.evil.example",
    "https://user@tasks.example.org",
    "https://tasks.example.org/",
    "ftp://tasks.example.org",
    "file://",
  ])("%j is refused", (origin) => {
    expect(check(origin)).toBe("origin_refused");
  });

  it.each([
    ["gateway.example:443", "https://gateway.example", undefined],
    ["gateway.example", "https://gateway.example:443", undefined],
    ["gateway.example:8443", "https://gateway.example:8443", undefined],
    ["gateway.example:8443", "https://gateway.example", "origin_refused"],
    ["gateway.example", "https://evil.example", "origin_refused"],
    ["", "null", "origin_refused"],
  ])("behind a gateway called %j, %s is compared without default ports", (host, origin, code) => {
    expect(checkSameOrigin({ headers: { host, origin }, ...command })?.code).toBe(code);
  });
});

it("a canonical form is canonical", () => {
  for (const host of ACCEPTED) expect(canonicalHost(canonicalHost(host) ?? "")).toBe(canonicalHost(host));
  expect(canonicalOrigin(canonicalOrigin("HTTPS://X:443") ?? "")).toBe("https://x");
});
