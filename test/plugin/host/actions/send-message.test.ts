import { beforeEach, describe, expect, it, vi } from "vitest";
import { readSendResult, sendMessage } from "../../../../plugin/host/actions/send-message.ts";
import type { PluginApi } from "../../../../plugin/host/plugin-api.ts";
import { ROUTE } from "../../support/host-samples.ts";

const { sendBatch } = vi.hoisted(() => ({ sendBatch: vi.fn() }));
vi.mock("openclaw/plugin-sdk/channel-outbound", () => ({ sendDurableMessageBatch: sendBatch }));

const failed = (error: object): object => ({ status: "failed", error });
const apiError = (status: number, words: string): object => ({
  message: `Call to 'sendMessage' failed! (${status}: ${words})`,
  queueCustody: "held",
  sentBeforeError: true,
});

describe("what the host says about a message", () => {
  it("sent, with the channel's id of it as receipt", () => {
    const receipt = { primaryPlatformMessageId: "42", platformMessageIds: ["42"] };
    expect(readSendResult({ status: "sent", results: [], receipt })).toEqual({ kind: "sent", receipt: "42" });
  });

  it("sent without an id is still sent", () => {
    expect(readSendResult({ status: "sent" })).toEqual({ kind: "sent", receipt: "sent" });
  });

  it("held with nothing sent yet: the host delivers later", () => {
    const answer = failed({ message: "connect ECONNREFUSED", queueCustody: "held", sentBeforeError: false });
    expect(readSendResult(answer)).toEqual({ kind: "held", reason: "connect ECONNREFUSED" });
  });

  it.each([
    [400, "Bad Request: chat not found", true],
    [403, "Forbidden: bot was kicked", true],
    [404, "Unknown Channel", true],
    [429, "Too Many Requests", false],
    [500, "Internal Server Error", false],
    [502, "Bad Gateway", false],
  ])("answered with %i: refused, for good only when it will be said again for ever", (status, words, final) => {
    const answer = failed(apiError(status, words));
    expect(readSendResult(answer)).toMatchObject({
      kind: "refused",
      final,
      reason: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ["the cause's error_code", { cause: { error_code: 403 } }],
    ["the cause's status", { cause: { status: 403 } }],
    ["its own status", { status: 403 }],
  ])("finds the API's answer in %s", (_where, where) => {
    const answer = failed({ message: "no", queueCustody: "held", sentBeforeError: true, ...where });
    expect(readSendResult(answer)).toEqual({ kind: "refused", reason: "no", final: true });
  });

  it("sent before the error, and no answer: nobody knows", () => {
    const answer = failed({ message: "socket hang up", queueCustody: "held", sentBeforeError: true });
    expect(readSendResult(answer)).toEqual({ kind: "unknown", reason: "socket hang up" });
  });

  it("sent in part: never repeated, since the person would see the first part twice", () => {
    const error = { message: "no (500: Internal Server Error)", queueCustody: "held", sentBeforeError: true };
    expect(readSendResult({ status: "partial_failed", results: [{}], error, sentBeforeError: true })).toEqual({
      kind: "unknown",
      reason: "sent in part: no (500: Internal Server Error)",
    });
  });

  it("suppressed by another plugin: refused for good, with the reason", () => {
    expect(readSendResult({ status: "suppressed", reason: "cancelled_by_message_sending_hook" })).toEqual({
      kind: "refused",
      reason: "the host did not send the message: cancelled_by_message_sending_hook",
      final: true,
    });
  });

  it("taken by a channel that gave no id: nobody knows", () => {
    const answer = { status: "suppressed", reason: "adapter_returned_no_identity" };
    expect(readSendResult(answer)).toMatchObject({ kind: "unknown" });
  });

  it("failed with nothing held and nothing sent: tried again later", () => {
    const answer = failed({ message: "no adapter", sentBeforeError: false });
    expect(readSendResult(answer)).toEqual({ kind: "refused", reason: "no adapter", final: false });
  });

  it("an error object counts as the plain one", () => {
    const error = Object.assign(new Error("boom (403: no)"), { queueCustody: "held", sentBeforeError: true });
    expect(readSendResult({ status: "failed", error })).toEqual({
      kind: "refused",
      reason: "boom (403: no)",
      final: true,
    });
  });

  it.each([undefined, null, "sent", [], { status: "done" }, { status: 7, error: "x" }])(
    "an answer that cannot be read (%j) is never taken for a success",
    (answer) => {
      expect(readSendResult(answer)).toMatchObject({ kind: "refused", final: false });
    },
  );
});

describe("sending", () => {
  const api = { runtime: { config: { current: () => ({ channels: {} }) } } } as unknown as PluginApi;
  beforeEach(() => {
    sendBatch.mockReset();
  });

  it("goes to the frozen route, unchanged", async () => {
    sendBatch.mockResolvedValue({ status: "sent", receipt: { primaryPlatformMessageId: "5" } });

    expect(await sendMessage(api, ROUTE, "hello")).toEqual({ kind: "sent", receipt: "5" });
    const { sessionKey: _session, ...address } = ROUTE;
    expect(sendBatch).toHaveBeenCalledExactlyOnceWith({
      cfg: { channels: {} },
      ...address,
      payloads: [{ text: "hello" }],
    });
  });

  it("leaves out what the route does not have", async () => {
    sendBatch.mockResolvedValue({ status: "sent" });
    await sendMessage(api, { channel: "discord", to: "channel:1" }, "hello");

    expect(Object.keys(sendBatch.mock.calls[0]?.[0] as object)).toEqual(["cfg", "channel", "to", "payloads"]);
  });

  it("that throws went nowhere and is tried again", async () => {
    sendBatch.mockRejectedValue(new Error("unknown channel"));
    expect(await sendMessage(api, ROUTE, "hello")).toEqual({
      kind: "refused",
      reason: "unknown channel",
      final: false,
    });
  });
});
