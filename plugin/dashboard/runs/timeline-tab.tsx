import { useQuery } from "@tanstack/react-query";
import type { CSSProperties, ReactElement } from "react";
import { timelineQuery } from "../api/queries.ts";
import type { RunState, Timeline, TimelineSpan } from "../api/response-types.ts";
import { Loaded } from "../components/query-result.tsx";
import { useQueryValues } from "../components/router.ts";
import { useNarrowViewport } from "../components/use-narrow-viewport.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { formatExactTime, formatShortDuration, formatAxisMark } from "../design/format-time.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { timeStep } from "../design/time-axis-steps.ts";
import { useNow } from "../design/time.tsx";
import { getStatusStyle, humanize } from "../design/tone.ts";
import "./timeline.css";

/** When each attempt waited, began and ended; the path that made the run take as long as it did is marked. */
export function TimelineTab({ state, isPast }: { state: RunState; isPast: boolean }): ReactElement {
  const query = useQuery(timelineQuery(state.runId));
  return (
    <Loaded query={query} rows={8}>
      {(timeline) =>
        timeline.spans.length === 0 ? (
          <EmptyState icon="clock" title="Nothing has begun yet" />
        ) : (
          <Gantt timeline={timeline} state={state} until={isPast ? Date.parse(state.updatedAt) : undefined} />
        )
      }
    </Loaded>
  );
}

/** Marks of the axis; beside the panel of a node and on a phone there is room for fewer. */
const MAX_MARKS = 7;
const MAX_MARKS_SPLIT = 4;
const MAX_MARKS_NARROW = 3;
/** A mark further to the right than this share would hang over the edge of a phone. */
const LAST_MARK_NARROW = 90;

interface GanttProps {
  timeline: Timeline;
  state: RunState;
  until: number | undefined;
}

function Gantt({ timeline, state, until }: GanttProps): ReactElement {
  const now = useNow();
  const start = Date.parse(timeline.startedAt);
  const lastEnd = timeline.spans.reduce(
    (last, span) => Math.max(last, Date.parse(span.endedAt ?? span.startedAt)),
    start,
  );
  const isOpen = timeline.endedAt === null;
  const end = Math.max(isOpen ? Math.max(now, lastEnd) : Date.parse(timeline.endedAt ?? ""), lastEnd, start + 1_000);
  const isNarrow = useNarrowViewport();
  const [values] = useQueryValues();
  const maxMarks = isNarrow ? MAX_MARKS_NARROW : values.has("node") ? MAX_MARKS_SPLIT : MAX_MARKS;
  const step = timeStep(end - start, maxMarks);
  const stepShare = (step / (end - start)) * 100;
  const marks = Math.floor((isNarrow ? LAST_MARK_NARROW : 100) / stepShare) + 1;
  const titles = new Map(state.nodes.map((node) => [node.id, node.title]));
  const place = (at: number): number => ((Math.min(Math.max(at, start), end) - start) / (end - start)) * 100;
  return (
    <figure className="gantt">
      <figcaption className="gantt-caption">
        <span>
          {formatShortDuration(end - start)} {isOpen ? "until now" : "in all"}
        </span>
        <span className="gantt-key">
          <i className="gantt-key-critical" /> critical path
        </span>
        <span className="gantt-key">
          <i className="gantt-key-wait" /> waited to begin
        </span>
      </figcaption>
      <div className="gantt-ticks" aria-hidden="true">
        {Array.from({ length: marks }, (_, index) => (
          <span key={index} style={{ left: `${index * stepShare}%` }}>
            {formatAxisMark(index * step)}
          </span>
        ))}
      </div>
      <ul
        className="gantt-rows"
        aria-label="Attempts in the order in which they began"
        style={{ "--gantt-step": `${stepShare}%` } as CSSProperties}
      >
        {timeline.spans
          .filter((span) => until === undefined || Date.parse(span.startedAt) <= until)
          .map((span) => (
            <Row
              key={`${span.nodeId} ${span.attempt}`}
              span={span}
              title={titles.get(span.nodeId) ?? span.nodeId}
              place={place}
              end={until ?? end}
            />
          ))}
      </ul>
    </figure>
  );
}

interface RowProps {
  span: TimelineSpan;
  title: string;
  place: (at: number) => number;
  end: number;
}

function Row({ span, title, place, end }: RowProps): ReactElement {
  const [values, setValues] = useQueryValues();
  const { nodeId, attempt, status, reason, isCritical } = span;
  const ready = place(Date.parse(span.readyAt));
  const started = place(Date.parse(span.startedAt));
  const ended = place(Math.min(span.endedAt === null ? end : Date.parse(span.endedAt), end));
  const words = [
    `${nodeId}${attempt > 1 ? `, attempt ${attempt}` : ""}: ${humanize(reason ?? status)}`,
    `began ${formatExactTime(span.startedAt)}, took ${formatShortDuration(span.ms)}`,
    ...(span.waitMs < 1_000 ? [] : [`waited ${formatShortDuration(span.waitMs)}`]),
    ...(isCritical ? ["on the critical path"] : []),
  ].join("; ");
  return (
    <li>
      <button
        type="button"
        className={`gantt-row tone-${getStatusStyle(status).tone} ${isCritical ? "gantt-critical" : ""}`}
        aria-pressed={values.get("node") === nodeId}
        title={words}
        data-row
        onClick={() => setValues({ node: nodeId })}
      >
        <span className="gantt-name">
          <StatusMark status={status} isNamed />
          <span className="cut">{title}</span>
          {attempt > 1 ? <span className="gantt-attempt">{attempt}</span> : null}
        </span>
        <span className="gantt-lane">
          <span className="gantt-wait" style={{ left: `${ready}%`, width: `${Math.max(0, started - ready)}%` }} />
          <span className="gantt-bar" style={{ left: `${started}%`, width: `${Math.max(0, ended - started)}%` }} />
        </span>
        <span className="gantt-ms">{formatShortDuration(span.ms)}</span>
        <span className="spoken">{words}</span>
      </button>
    </li>
  );
}
