import { beforeEach, describe, expect, it } from "vitest";
import { FRAME_KEY_LIFETIME_MS, FrameKeys } from "../../../../plugin/control-plane/auth/frame-keys.ts";
import { ROUTES } from "../../../../plugin/control-plane/contract/routes.ts";
import type { Caller } from "../../../../plugin/control-plane/handlers/context.ts";
import { useMountedControlPlane } from "../support/mounted-control-plane.ts";

const READS = ROUTES.filter(({ method, external }) => method === "GET" && external !== true).map(({ path }) =>
  path.replace("{runId}", "demo").replace(/\{\w+\}/g, "nobody"),
);
const GRANT = "__openclaw_plugin_tab_auth_1a2b=v1.x.y";

/** What browsers send for pages that are not ours, with every cookie that they have. */
const FOREIGN_PAGES: readonly [string, Record<string, string>][] = [
  ["a sandboxed frame", { origin: "null", "sec-fetch-site": "cross-site", cookie: GRANT }],
  ["a sandboxed frame of an old browser", { origin: "null", cookie: GRANT }],
  ["a page of another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site", cookie: GRANT }],
  ["a page on another port", { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site", cookie: GRANT }],
  ["an image or script of another site", { "sec-fetch-site": "cross-site", cookie: GRANT }],
  ["an image or script of an old browser", { cookie: GRANT }],
  ["a page with the session of a proxy", { origin: "null", "sec-fetch-site": "cross-site", cookie: "_oauth2=x" }],
];

describe("a page of somebody else, with the cookies of the operator", () => {
  const mounted = useMountedControlPlane();
  beforeEach(() => {
    mounted.access = { scopes: ["operator.read", "operator.write"] };
  });

  describe.each(FOREIGN_PAGES)("%s", (_name, headers) => {
    it.each(READS)("cannot read %s", async (path) => {
      const { status, headers: given } = await mounted.ask(path, { headers });
      expect(status).toBe(403);
      expect(given["access-control-allow-origin"]).toBeUndefined();
      expect(given["cross-origin-resource-policy"]).toBe("same-origin");
    });

    it("is not let read the document with the key", async () => {
      const { headers: given } = await mounted.ask("/", { headers });
      expect(given["access-control-allow-origin"]).toBeUndefined();
      expect(given["cross-origin-resource-policy"]).toBe("same-origin");
      expect(given["content-security-policy"]).toContain("frame-ancestors 'self'");
    });

    it.each(READS)("gets nothing of %s where the tab reads", async (path) => {
      for (const key of [{}, { "x-clawtask-frame": "" }, { "x-clawtask-frame": "guessed" }]) {
        const { status, headers: given } = await mounted.askInFrame(path, { headers: { ...headers, ...key } });
        expect(status).toBe(401);
        expect(given["access-control-allow-credentials"]).toBeUndefined();
      }
    });
  });
});

describe("the page of the Control UI's tab", () => {
  const mounted = useMountedControlPlane();
  const origin = { origin: "null", "sec-fetch-site": "cross-site" };

  const loadKey = async (): Promise<string> => {
    mounted.access = { scopes: ["operator.read"] };
    const { text, headers } = await mounted.ask("/", { headers: { cookie: GRANT, "sec-fetch-dest": "iframe" } });
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["etag"]).toBeUndefined();
    return /name="clawtask-frame" content="([\w-]{43})" data-base="\.\.\/clawtask-frame\/"/.exec(text)?.[1] ?? "";
  };

  it("reads with the key in its document and without credentials", async () => {
    const key = { "x-clawtask-frame": await loadKey() };
    for (const path of READS) {
      const { status, headers } = await mounted.askInFrame(path, { headers: { ...origin, ...key } });
      expect([401, 403], path).not.toContain(status);
      expect(headers["access-control-allow-origin"]).toBe("null");
      expect(headers["access-control-allow-credentials"]).toBeUndefined();
    }
    const { text } = await mounted.askInFrame("/api/session", { headers: { ...origin, ...key } });
    expect(JSON.parse(text)).toMatchObject({ mode: "gateway-frame", scope: "read", readOnly: true });
  });

  it("cannot write with it, whoever has loaded the page", async () => {
    const key = { "x-clawtask-frame": await loadKey() };
    for (const { path, writes } of ROUTES) {
      if (writes !== true) continue;
      const asked = { method: "POST", headers: { ...origin, ...key }, body: {} };
      const filled = path.replace("{action}", "pause").replace(/\{\w+\}/g, "demo");
      expect((await mounted.askInFrame(filled, asked)).status, path).toBe(403);
    }
  });

  it("is told by the answer to a preflight that it may read, and nothing more", async () => {
    const { status, headers } = await mounted.askInFrame("/api/runs", { method: "OPTIONS", headers: origin });
    expect(status).toBe(204);
    expect(headers["access-control-allow-methods"]).toBe("GET, HEAD");
    expect(headers["access-control-allow-headers"]).toBe("x-clawtask-frame");
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
    const other = await mounted.askInFrame("/api/runs", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example" },
    });
    expect(other.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("loads its files without a key and without credentials", async () => {
    mounted.access = { scopes: ["operator.read"] };
    const script = /src="([^"]+)"/.exec((await mounted.ask("/")).text)?.[1] ?? "";
    const asScript = await mounted.ask(`/${script}`, { headers: { "sec-fetch-site": "cross-site", cookie: GRANT } });
    expect([asScript.status, asScript.headers["cross-origin-resource-policy"]]).toEqual([200, "cross-origin"]);
    const worker = await mounted.askInFrame(`/${script}`, { headers: origin });
    expect([worker.status, worker.headers["access-control-allow-origin"]]).toEqual([200, "null"]);
    expect(worker.headers["access-control-allow-credentials"]).toBeUndefined();
  });

  it("gets no key when the gateway does not let it read", async () => {
    mounted.access = { scopes: [] };
    expect((await mounted.ask("/")).text).not.toContain("clawtask-frame");
  });
});

describe("FrameKeys", () => {
  const caller: Caller = { actor: "Ana", scope: "write", mode: "gateway" };
  const ask = (keys: FrameKeys, key: string) =>
    keys.authenticate({ headers: { "x-clawtask-frame": key } } as unknown as Parameters<FrameKeys["authenticate"]>[0]);

  it("reads as the one who has loaded the page, until the key is too old", () => {
    let now = 0;
    const keys = new FrameKeys(() => now);
    const key = keys.issue(caller);
    now = FRAME_KEY_LIFETIME_MS - 1;
    expect(ask(keys, key)).toMatchObject({ caller: { actor: "Ana", scope: "read", mode: "gateway-frame" } });
    now = FRAME_KEY_LIFETIME_MS;
    expect(ask(keys, key)).toEqual({ failure: "wrong_token" });
  });

  it("keeps the newest 500", () => {
    const keys = new FrameKeys(() => 0);
    const issued = Array.from({ length: 501 }, () => keys.issue(caller));
    expect(ask(keys, issued[0] ?? "")).toEqual({ failure: "wrong_token" });
    expect(ask(keys, issued[1] ?? "")).toHaveProperty("caller");
    expect(ask(keys, issued[500] ?? "")).toHaveProperty("caller");
  });
});
