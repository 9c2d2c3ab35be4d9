import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../../../plugin/control-plane/http/read-body.ts";
import { sendRaw, parseStatus } from "../support/raw-connection.ts";
import { useUnchangedRegistry } from "../support/served-registry.ts";

describe("an oversized, malformed or slow request body", () => {
  const served = useUnchangedRegistry(() => ({ bodyTimeoutMs: 250 }));
  const path = "/api/runs/demo/actions/pause";
  const head = (...more: string[]): string =>
    [
      `POST ${path} HTTP/1.1`,
      `host: ${served.host}`,
      `authorization: Bearer ${served.token}`,
      "content-type: application/json",
      ...more,
      "",
      "",
    ].join("\r\n");

  it("is rejected above one megabyte, with or without a declared length", async () => {
    const large = JSON.stringify({ message: "x".repeat(MAX_BODY_BYTES) });
    expect(
      (await served.ask({ method: "POST", path, body: large, headers: { "content-type": "application/json" } })).status,
    ).toBe(413);
    const claimed = await sendRaw(served.server.port, [head(`content-length: ${MAX_BODY_BYTES + 1}`)]);
    expect(parseStatus(claimed)).toBe(413);
    const chunk = Buffer.from(`10000\r\n${"x".repeat(0x10000)}\r\n`);
    const chunked = await sendRaw(served.server.port, [
      head("transfer-encoding: chunked"),
      ...Array.from({ length: 20 }, () => chunk),
    ]);
    expect(parseStatus(chunked)).toBe(413);
  });

  it("is rejected when it is not JSON, not UTF-8 or not an object", async () => {
    for (const body of ["{", "[1,", "undefined", "{'message':1}", '{"a":1}{"b":2}', Buffer.from([0x7b, 0xff, 0x7d])]) {
      const answer = await served.ask({ method: "POST", path, body, headers: { "content-type": "application/json" } });
      expect(answer.json, String(body)).toMatchObject({ status: 400, code: "invalid_json" });
    }
    for (const body of ["7", "[]", '"pause"', '{"message":7}']) {
      const answer = await served.ask({ method: "POST", path, body, headers: { "content-type": "application/json" } });
      expect(answer.status, body).toBe(422);
    }
  });

  it("times out when it stops or arrives too slowly", async () => {
    const silent = await sendRaw(served.server.port, [head("content-length: 20"), '{"mess']);
    expect(parseStatus(silent)).toBe(408);
    const endless = await sendRaw(served.server.port, [head("transfer-encoding: chunked"), "1\r\n{\r\n"]);
    expect(parseStatus(endless)).toBe(408);
  });

  it("changes nothing when it is cut off", async () => {
    await sendRaw(served.server.port, [head("content-length: 200"), '{"message":"tried"}'], { ends: true });
    expect((await served.get("/api/runs/demo")).json).toMatchObject({ status: "running" });
  });

  it("is rejected when the request is malformed or ambiguous", async () => {
    for (const broken of [
      "nonsense\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      `GET / HTTP/1.1\r\n\r\n`,
      `GET /\u0000 HTTP/1.1\r\nhost: x\r\n\r\n`,
    ])
      expect(parseStatus(await sendRaw(served.server.port, [broken], { ends: true })), JSON.stringify(broken)).toBe(
        400,
      );
    const smuggled = await sendRaw(served.server.port, [
      head("content-length: 5", "transfer-encoding: chunked"),
      "0\r\n\r\n",
    ]);
    expect(parseStatus(smuggled)).toBe(400);
  });

  it("is rejected when the headers are too large", async () => {
    const answer = await sendRaw(served.server.port, [
      `GET /api/session HTTP/1.1\r\nhost: ${served.host}\r\nx: ${"x".repeat(20_000)}\r\n\r\n`,
    ]);
    expect(parseStatus(answer)).toBe(431);
  });
});
