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

describe("readSendResult", () => {
  it("returns sent with the channel's id as the receipt", () => {
    const receipt = { primaryPlatformMessageId: "42", platformMessageIds: ["42"] };
    expect(readSendResult({ status: "sent", results: [], receipt })).toEqual({ kind: "sent", receipt: "42" });
  });

  it("returns sent for a message without an id", () => {
    expect(readSendResult({ status: "sent" })).toEqual({ kind: "sent", receipt: "sent" });
  });

  it("returns held when the host queued the message and nothing was sent", () => {
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
  ])("returns refused for HTTP status %i, as final only when the error is permanent", (status, words, final) => {
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
  ])("finds the API's status in %s", (_where, where) => {
    const answer = failed({ message: "no", queueCustody: "held", sentBeforeError: true, ...where });
    expect(readSendResult(answer)).toEqual({ kind: "refused", reason: "no", final: true });
  });

  it("returns unknown when the message may have been sent and no answer came", () => {
    const answer = failed({ message: "socket hang up", queueCustody: "held", sentBeforeError: true });
    expect(readSendResult(answer)).toEqual({ kind: "unknown", reason: "socket hang up" });
  });

  it("returns unknown for a partly sent message, so that it is not repeated", () => {
    const error = { message: "no (500: Internal Server Error)", queueCustody: "held", sentBeforeError: true };
    expect(readSendResult({ status: "partial_failed", results: [{}], error, sentBeforeError: true })).toEqual({
      kind: "unknown",
      reason: "sent in part: no (500: Internal Server Error)",
    });
  });

  it("returns a final refusal with the reason when another plugin suppressed the message", () => {
    expect(readSendResult({ status: "suppressed", reason: "cancelled_by_message_sending_hook" })).toEqual({
      kind: "refused",
      reason: "the host did not send the message: cancelled_by_message_sending_hook",
      final: true,
    });
  });

  it("returns unknown when the channel returned no id", () => {
    const answer = { status: "suppressed", reason: "adapter_returned_no_identity" };
    expect(readSendResult(answer)).toMatchObject({ kind: "unknown" });
  });

  it("returns a temporary refusal when nothing was queued or sent", () => {
    const answer = failed({ message: "no adapter", sentBeforeError: false });
    expect(readSendResult(answer)).toEqual({ kind: "refused", reason: "no adapter", final: false });
  });

  it("reads an Error like a plain object", () => {
    const error = Object.assign(new Error("boom (403: no)"), { queueCustody: "held", sentBeforeError: true });
    expect(readSendResult({ status: "failed", error })).toEqual({
      kind: "refused",
      reason: "boom (403: no)",
      final: true,
    });
  });

  it.each([undefined, null, "sent", [], { status: "done" }, { status: 7, error: "x" }])(
    "never reads an invalid answer as a success: %j",
    (answer) => {
      expect(readSendResult(answer)).toMatchObject({ kind: "refused", final: false });
    },
  );
});

describe("sendMessage", () => {
  const api = { runtime: { config: { current: () => ({ channels: {} }) } } } as unknown as PluginApi;
  beforeEach(() => {
    sendBatch.mockReset();
  });

  it("sends to the frozen route unchanged", async () => {
    sendBatch.mockResolvedValue({ status: "sent", receipt: { primaryPlatformMessageId: "5" } });

    expect(await sendMessage(api, ROUTE, { text: "hello" })).toEqual({ kind: "sent", receipt: "5" });
    const { sessionKey: _session, ...address } = ROUTE;
    expect(sendBatch).toHaveBeenCalledExactlyOnceWith({
      cfg: { channels: {} },
      ...address,
      payloads: [{ text: "hello" }],
    });
  });

  it("sends buttons as commands, which the host runs in the name of whoever presses them", async () => {
    sendBatch.mockResolvedValue({ status: "sent" });
    const buttons = [
      { label: "go", command: "/run approve r ok", isRejection: false },
      { label: "stop", command: "/run reject r ok", isRejection: true },
    ];
    await sendMessage(api, ROUTE, { text: "Go?", buttons });
    expect(sendBatch.mock.calls[0]?.[0]).toMatchObject({
      payloads: [
        {
          text: "Go?",
          presentation: {
            blocks: [
              {
                type: "buttons",
                buttons: [
                  { label: "go", action: { type: "command", command: "/run approve r ok" } },
                  { label: "stop", action: { type: "command", command: "/run reject r ok" }, style: "danger" },
                ],
              },
            ],
          },
        },
      ],
    });
  });

  it("omits fields that the route does not have", async () => {
    sendBatch.mockResolvedValue({ status: "sent" });
    await sendMessage(api, { channel: "discord", to: "channel:1" }, { text: "hello" });

    expect(Object.keys(sendBatch.mock.calls[0]?.[0] as object)).toEqual(["cfg", "channel", "to", "payloads"]);
  });

  it("returns a temporary refusal when the host throws", async () => {
    sendBatch.mockRejectedValue(new Error("unknown channel"));
    expect(await sendMessage(api, ROUTE, { text: "hello" })).toEqual({
      kind: "refused",
      reason: "unknown channel",
      final: false,
    });
  });
});
