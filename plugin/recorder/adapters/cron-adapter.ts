import type { HostEvent } from "../../host/events/host-events.ts";
import { cronName, type ObservedSignal, sessionName } from "./signals.ts";

/**
 * Translates the runs of scheduled jobs. A run is named by its job and the time at which it was due: the start
 * knows no run id, and the end of most has none either. The host's own jobs are not anybody's work.
 */
export function cronSignals(event: HostEvent): ObservedSignal[] {
  if (event.kind !== "cron_started" && event.kind !== "cron_finished") return [];
  const { run, job } = event;
  if (job?.isSystem === true) return [];
  const isolated = run.sessionKey?.includes(":cron:") === true ? run.sessionKey : undefined;
  const signal: ObservedSignal = {
    source: event.kind,
    names: [cronName(run.jobId, run.runAtMs), ...(isolated === undefined ? [] : [sessionName(isolated)])],
    facts: {
      runtime: "cron",
      sourceId: run.jobId,
      ...(run.payloadKind === undefined ? {} : { taskKind: run.payloadKind }),
      ...(run.jobName === undefined ? {} : { label: run.jobName }),
      ...(run.task === undefined ? {} : { task: run.task }),
      ...(run.agentId === undefined ? {} : { agentId: run.agentId }),
      ...(run.model === undefined ? {} : { model: run.model }),
      ...(run.sessionId === undefined ? {} : { sessionId: run.sessionId }),
      ...(isolated === undefined ? {} : { childSessionKey: isolated }),
      ...(job?.ownerSessionKey === undefined ? {} : { requesterSessionKey: job.ownerSessionKey }),
      ...(job?.route === undefined ? {} : { route: job.route }),
    },
    started: true,
    mayCreate: true,
  };
  if (event.kind === "cron_started") return [signal];
  const { status, summary, error, hostDelivery } = event.end;
  const ending = {
    status,
    ...(summary === undefined ? {} : { result: summary }),
    ...(error === undefined ? {} : { error }),
    ...(hostDelivery === undefined ? {} : { hostDelivery }),
  };
  return [{ ...signal, ending }];
}
