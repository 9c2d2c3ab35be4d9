import type { HostEvent } from "../host/host-events.ts";
import { hostName, type ObservedSignal } from "./signals.ts";

/**
 * Translates the making of pictures, films and music. The host's row is the source of its state; the call of the
 * tool knows what was asked for. Asking again while it is being made answers with the same row, so no second
 * task comes of it.
 */
export function mediaSignals(event: HostEvent): ObservedSignal[] {
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
