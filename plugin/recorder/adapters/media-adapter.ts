import type { HostDelivery } from "../../../registry-helper/internal.ts";
import type { HostEvent, TurnEnd } from "../../host/events/host-events.ts";
import { hostName, type ObservedSignal } from "./signals.ts";

/** What is said of the result, by the row as well as by the turn that hands it over. */
export const HANDED_OVER = { state: "delivered", reason: "handed over by the host" } as const satisfies HostDelivery;
/** The run of the turn in which the host hands over what was made; the id of its row stands in it. */
const HANDING_OVER = /^(?:image|video|music)_generate:([^:]+):ok:/;

/**
 * Translates the making of pictures, films and music. The host's row is the source of its state; the call of the
 * tool knows what was asked for. Asking again while it is being made answers with the same row, so no second
 * task comes of it.
 */
export function mediaSignals(event: HostEvent): ObservedSignal[] {
  if (event.kind === "turn_ended") return handedOver(event.turn);
  if (event.kind !== "media_started") return [];
  const { hostTaskId, prompt, sessionKey, runId } = event.media;
  return [
    {
      source: "after_tool_call",
      names: [hostName(hostTaskId)],
      facts: {
        runtime: "media",
        ...(prompt === undefined ? {} : { task: prompt }),
        ...(sessionKey === undefined ? {} : { requesterSessionKey: sessionKey }),
        ...(runId === undefined ? {} : { parentRunId: runId }),
      },
      mayCreate: true,
    },
  ];
}

/**
 * What was handed over is done, whatever becomes of the row: after a restart the host hands over what it had made
 * before, and calls the row lost five minutes later all the same (measured on 2026.9.6).
 */
function handedOver({ runId, delivery }: TurnEnd): ObservedSignal[] {
  const hostTaskId = HANDING_OVER.exec(runId)?.[1];
  if (hostTaskId === undefined || delivery !== "sent") return [];
  return [
    {
      source: "lifecycle",
      names: [hostName(hostTaskId)],
      facts: {},
      mayCreate: false,
      ending: { status: "succeeded", hostDelivery: HANDED_OVER },
    },
  ];
}
