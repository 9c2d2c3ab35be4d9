import type { HostEvent } from "../../host/events/host-events.ts";
import { cronSignals } from "./cron-adapter.ts";
import { hostRowSignals } from "./host-row-adapter.ts";
import { mediaSignals } from "./media-adapter.ts";
import { processSignals } from "./process-adapter.ts";
import { type ObservedSignal, runName, sessionName } from "./signals.ts";
import { subagentSignals } from "./subagent-adapter.ts";

/** What an event of the host says about detached work, by the adapter of its runtime. */
export function toSignals(event: HostEvent): ObservedSignal[] {
  switch (event.kind) {
    case "cron_started":
    case "cron_finished":
      return cronSignals(event);
    case "process_started":
      return processSignals(event);
    case "media_started":
      return mediaSignals(event);
    case "turn_ended":
      return [...mediaSignals(event), ...subagentSignals(event)];
    case "host_row":
      return hostRowSignals(event);
    case "step":
      return [stepSignal(event)];
    default:
      return subagentSignals(event);
  }
}

/**
 * A step of whatever runs under this id; for the runs of scheduled jobs, in this session. Their run id is not a
 * name of the task: with it the end of the agent's run, which knows nothing of the scheduler's deadline and of its
 * further tries, would be taken for the end of the job's run.
 */
function stepSignal({ observed }: Extract<HostEvent, { kind: "step" }>): ObservedSignal {
  const { runId, sessionKey, step, usage } = observed;
  return {
    source: "agent_event",
    names: [sessionKey?.includes(":cron:") === true ? sessionName(sessionKey) : runName(runId)],
    facts: usage === undefined ? {} : { usage },
    mayCreate: false,
    isFleeting: true,
    ...(step === undefined ? {} : { step }),
  };
}
