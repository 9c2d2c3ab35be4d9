import { type ReactElement, type ReactNode, useId } from "react";
import "./panel.css";

export interface PanelProps {
  title: string;
  /** How many things are in it. */
  count?: number | undefined;
  actions?: ReactNode;
  /** Without space around its content: for tables. */
  isFlush?: boolean;
  children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, count, actions, isFlush = false, children }: PanelProps): ReactElement {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>
          {title}
          {count === undefined ? null : <span className="panel-count">{count}</span>}
        </h2>
        {actions === undefined ? null : <div className="line">{actions}</div>}
      </header>
      <div className={isFlush ? "panel-flush" : "panel-body"}>{children}</div>
    </section>
  );
}

/** A value that is read letter by letter: an id, a path. */
export function mono(text: string | null | undefined): ReactElement | null {
  return text == null ? null : <span className="mono">{text}</span>;
}

/** Names and values, side by side where there is room. Rows without a value are left out. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }): ReactElement {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <dl className="facts">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="wrap">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
