import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { taskEventsQuery } from "../api/queries.ts";
import type { TaskEvent, TaskListItem } from "../api/response-types.ts";
import { EventList } from "../components/event-list.tsx";
import { Loaded } from "../components/query-result.tsx";
import { Button } from "../design/button.tsx";
import { formatShortDuration } from "../design/format-time.ts";
import { Panel } from "../design/panel.tsx";
import { StatusMark, StatusBadge } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";

interface Step {
  seq: number;
  at: string;
  phase: string;
  text: string | null;
  isReported: boolean;
}

/** Repetitions of one phase are one step; the last words of it are shown. */
const MAX_STEPS = 200;

/** What it was doing, step by step. */
export function PhaseHistory({ taskId }: { taskId: string }): ReactElement | null {
  const { data } = useQuery(taskEventsQuery(taskId));
  const steps = toSteps(data?.events ?? []);
  if (steps.length === 0) return null;
  return (
    <Panel title="Phases" count={steps.length}>
      <ol className="phases">
        {steps.slice(-MAX_STEPS).map((step, index, shown) => {
          const next = shown[index + 1];
          return (
            <li key={step.seq}>
              <StatusMark status={step.phase} isNamed />
              <span className="phases-name">
                {humanize(step.phase)}
                {step.isReported ? <span className="dim">, by its own word</span> : null}
              </span>
              <span className="phases-text wrap" title={step.text ?? ""}>
                {step.text}
              </span>
              <span className="list-side">
                {next === undefined ? (
                  <Time at={step.at} />
                ) : (
                  formatShortDuration(Date.parse(next.at) - Date.parse(step.at))
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function toSteps(events: readonly TaskEvent[]): Step[] {
  const steps: Step[] = [];
  let phase = "queued";
  for (const event of events) {
    const before = phase;
    phase = phaseAfter(event, before);
    const text = event.step?.update ?? event.update ?? event.ending?.error ?? null;
    const last = steps.at(-1);
    const isReported = event.event === "task.reported";
    if (phase !== before || last === undefined)
      steps.push({ seq: event.seq, at: event.timestamp, phase, text, isReported });
    else if (text !== null && event.step?.isIdle !== true) Object.assign(last, { text, isReported });
  }
  return steps;
}

function phaseAfter({ event, step, ending }: TaskEvent, before: string): string {
  if (event === "task.ended") return ending?.status ?? before;
  if (event === "task.started" || event === "task.attempt_started") return before === "queued" ? "starting" : before;
  if (step?.phase !== undefined && step.phase !== null) return step.phase;
  return before;
}

/** Each execution and who did it. */
export function AttemptList({ task }: { task: TaskListItem }): ReactElement | null {
  if (task.attempts.length === 0) return null;
  return (
    <Panel title="Attempts" count={task.attempts.length} isFlush>
      <Table
        label="Attempts"
        rows={task.attempts}
        getKey={(one) => String(one.attempt)}
        columns={[
          { name: "#", cell: (one) => one.attempt },
          { name: "Status", cell: (one) => <StatusBadge status={one.status} /> },
          {
            name: "Worker",
            isMain: true,
            cell: ({ worker, runId }) => (
              <>
                <span className="wrap">
                  {[worker.kind.replaceAll("_", " "), worker.agentId, worker.model].filter(Boolean).join(", ")}
                </span>
                <span className="mono dim wrap attempt-key">{worker.sessionKey ?? runId ?? ""}</span>
              </>
            ),
          },
          { name: "Started", isWide: true, cell: (one) => <Time at={one.startedAt} /> },
          { name: "Ended", isWide: true, cell: (one) => <Time at={one.endedAt} /> },
        ]}
      />
    </Panel>
  );
}

const FIRST_SHOWN = 30;

/** The journal's own lines about this task, the newest first. */
export function TaskEventList({ taskId }: { taskId: string }): ReactElement {
  const query = useQuery(taskEventsQuery(taskId));
  const [isAll, setAll] = useState(false);
  return (
    <Panel title="Events" count={query.data?.events.length} isFlush>
      <Loaded query={query} rows={4}>
        {({ events }) => {
          const newest = [...events].reverse();
          return (
            <>
              <EventList events={isAll ? newest : newest.slice(0, FIRST_SHOWN)} />
              {isAll || newest.length <= FIRST_SHOWN ? null : (
                <p className="more">
                  <Button onClick={() => setAll(true)}>{`Show all ${newest.length}`}</Button>
                </p>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
