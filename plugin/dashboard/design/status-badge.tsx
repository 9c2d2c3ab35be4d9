import type { ReactElement } from "react";
import { getStatusStyle, type Mark, humanize } from "./tone.ts";
import "./status-badge.css";

const RING = <circle cx="7" cy="7" r="5.2" className="mark-line" />;

function inRing(path: string): ReactElement {
  return (
    <>
      {RING}
      <path d={path} className="mark-line" />
    </>
  );
}

function inDisc(path: string): ReactElement {
  return (
    <>
      <circle cx="7" cy="7" r="6" className="mark-fill" />
      <path d={path} className="mark-cut" />
    </>
  );
}

const MARKS: Readonly<Record<Mark, ReactElement>> = {
  empty: <circle cx="7" cy="7" r="5.2" className="mark-line" strokeDasharray="2.2 2" />,
  dots: (
    <>
      {RING}
      <circle cx="7" cy="7" r="1.6" className="mark-fill" />
    </>
  ),
  turning: (
    <>
      <circle cx="7" cy="7" r="5.2" className="mark-faint" />
      <path d="M7 1.8a5.2 5.2 0 0 1 5.2 5.2" className="mark-line mark-turns" />
    </>
  ),
  hand: inDisc("M7 3.6v4M7 10.2v.1"),
  check: inDisc("m4.4 7.2 1.9 1.9 3.4-3.9"),
  cross: inDisc("m5 5 4 4M9 5 5 9"),
  slash: inRing("M4.5 9.5l5-5"),
  question: inRing("M5.6 5.7c.1-.9.7-1.3 1.5-1.3s1.4.5 1.4 1.2c0 1-1.4 1.1-1.4 2M7.1 9.7v.1"),
  pause: inRing("M5.7 5.2v3.6M8.3 5.2v3.6"),
  arrow: inRing("m5.5 4.8 2.3 2.2-2.3 2.2M9 4.8v4.4"),
};

/** The drawing of a status alone; the word is read aloud unless it stands beside it. */
export function StatusMark({ status, isNamed = false }: { status: string; isNamed?: boolean }): ReactElement {
  const { tone, mark } = getStatusStyle(status);
  return (
    <span className={`mark tone-${tone}`} title={isNamed ? undefined : humanize(status)}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" focusable="false">
        {MARKS[mark]}
      </svg>
      {isNamed ? null : <span className="spoken">{humanize(status)}</span>}
    </span>
  );
}

/** A status as a word with its drawing. */
export function StatusBadge({ status, children }: { status: string; children?: string | undefined }): ReactElement {
  const { tone } = getStatusStyle(status);
  return (
    <span className={`badge tone-${tone}`}>
      <StatusMark status={status} isNamed />
      {children ?? humanize(status)}
    </span>
  );
}
