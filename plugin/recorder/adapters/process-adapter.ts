import type { HostEvent } from "../../host/events/host-events.ts";
import { getToolMeaning } from "../../phases/tool-phases.ts";
import { type ObservedSignal, processName } from "./signals.ts";

/** Longest part of a command that serves as its name. */
const LABEL_LENGTH = 80;

/** Translates commands that an agent left running in the background. Their end stands in the host's row only. */
export function processSignals(event: HostEvent): ObservedSignal[] {
  if (event.kind !== "process_started") return [];
  const { processId, command, sessionKey, runId, startedAt, route } = event.process;
  const { phase } = getToolMeaning("exec", command);
  return [
    {
      source: "after_tool_call",
      names: [processName(processId)],
      facts: {
        runtime: "exec",
        sourceId: processId,
        ...(command === undefined ? {} : { task: command, label: command.slice(0, LABEL_LENGTH) }),
        ...(sessionKey === undefined ? {} : { requesterSessionKey: sessionKey }),
        ...(runId === undefined ? {} : { parentRunId: runId }),
        ...(route === undefined ? {} : { route }),
      },
      started: true,
      ...(phase === undefined ? {} : { step: { phase } }),
      mayCreate: true,
      ...(startedAt === undefined ? {} : { acceptedAt: startedAt }),
    },
  ];
}
