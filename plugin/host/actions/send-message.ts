import { sendDurableMessageBatch } from "openclaw/plugin-sdk/channel-outbound";
import type { DeliveryReport, DeliveryRoute } from "../../../registry-helper/internal.ts";
import type { PluginApi } from "../plugin-api.ts";
import { numberIn, recordIn, textIn } from "../untyped-fields.ts";

type SendBatch = (request: Record<string, unknown>) => Promise<unknown>;

/** A button that sends a command in the name of whoever presses it. */
export interface CommandButton {
  readonly label: string;
  readonly command: string;
  readonly isRejection: boolean;
}

/** Sends one text through the host's durable queue and says, from its answer, what is known of it. */
export async function sendMessage(
  api: PluginApi,
  route: DeliveryRoute,
  { text, buttons = [] }: { text: string; buttons?: readonly CommandButton[] },
): Promise<DeliveryReport> {
  const { channel, to, accountId, threadId } = route;
  const send = sendDurableMessageBatch as unknown as SendBatch;
  const request = {
    cfg: api.runtime.config.current(),
    channel,
    to,
    ...(accountId === undefined ? {} : { accountId }),
    ...(threadId === undefined ? {} : { threadId }),
    payloads: [{ text, ...(buttons.length === 0 ? {} : { presentation: toPresentation(buttons) }) }],
  };
  try {
    return readSendResult(await send(request));
  } catch (error) {
    // Thrown before the queue took it: nothing went out (an unknown channel, a broken address).
    return { kind: "refused", reason: getReason(error), final: false };
  }
}

/** Channels without buttons show the text alone, which has the same commands. */
function toPresentation(buttons: readonly CommandButton[]): object {
  const shown = buttons.map(({ label, command, isRejection }) => ({
    label,
    action: { type: "command", command },
    ...(isRejection ? { style: "danger" } : {}),
  }));
  return { blocks: [{ type: "buttons", buttons: shown }] };
}

/**
 * Reads the host's answer closely (openclaw-host.md, 10d): `held` alone promises nothing. Held with nothing
 * sent means that the host delivers later; after a refusal it will not try again; when the answer was lost,
 * nobody knows, and a blind repeat could tell the person twice.
 */
export function readSendResult(value: unknown): DeliveryReport {
  const result = recordIn(value);
  if (result["status"] === "sent") {
    const receipt = recordIn(result["receipt"]);
    return { kind: "sent", receipt: textIn(receipt, "primaryPlatformMessageId") ?? "sent" };
  }
  if (result["status"] === "suppressed") return suppressed(textIn(result, "reason"));
  const error = recordIn(result["error"]);
  const reason = getReason(result["error"]);
  // Some parts are with the person: a repeat would show them twice.
  if (result["status"] === "partial_failed") return { kind: "unknown", reason: `sent in part: ${reason}` };
  if (textIn(error, "queueCustody") === "held" && error["sentBeforeError"] === false) return { kind: "held", reason };
  const status = apiStatus(result["error"]);
  if (status === undefined)
    return error["sentBeforeError"] === true ? { kind: "unknown", reason } : { kind: "refused", reason, final: false };
  // 4xx other than "too many requests" will be said again for ever: no such chat, not allowed.
  return { kind: "refused", reason, final: status >= 400 && status < 500 && status !== 429 };
}

/** Nothing went wrong, and nothing was sent: a plugin of the host took the message out, or made it empty. */
function suppressed(why: string | undefined): DeliveryReport {
  const reason = `the host did not send the message: ${why ?? "no reason given"}`;
  // The channel took it and gave no id: it may well be with the person.
  return why === "adapter_returned_no_identity"
    ? { kind: "unknown", reason }
    : { kind: "refused", reason, final: true };
}

function getReason(error: unknown): string {
  if (error instanceof Error) return error.message;
  return textIn(recordIn(error), "message") ?? "the host could not send the message";
}

/** The status that the channel's API answered with; undefined when there was no readable answer. */
function apiStatus(error: unknown): number | undefined {
  const record = recordIn(error);
  const cause = recordIn(record["cause"]);
  const direct = numberIn(cause, "error_code") ?? numberIn(cause, "status") ?? numberIn(record, "status");
  if (direct !== undefined) return direct;
  const inText = /\((\d{3}): /.exec(getReason(error))?.[1];
  return inText === undefined ? undefined : Number(inText);
}

/** How a session is woken. */
export interface Wake {
  /** Shown in the host's log. */
  readonly reason?: string;
  /** True when what the agent says about it is for no channel. */
  readonly isPrivate?: boolean;
}

/**
 * Puts a text before the agent of a session as a system event, and wakes it at once. `target: "last"` makes the
 * agent's words go to the session's conversation; without it they would go to the owner. `none` keeps them inside.
 */
export function wakeSession(
  api: PluginApi,
  sessionKey: string,
  text: string,
  { reason = "clawtask: a result could not be delivered", isPrivate = false }: Wake = {},
): Promise<boolean> {
  const agentId = /^agent:([^:]+):/.exec(sessionKey)?.[1];
  const session = { sessionKey, ...(agentId === undefined ? {} : { agentId }) };
  const { system } = api.runtime;
  if (!system.enqueueSystemEvent(text, session)) return Promise.resolve(false);
  system.requestHeartbeat({
    ...session,
    source: "other",
    intent: "immediate",
    reason,
    heartbeat: { target: isPrivate ? "none" : "last" },
  });
  return Promise.resolve(true);
}
