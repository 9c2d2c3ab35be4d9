import { type ReactElement, type ReactNode, useEffect } from "react";
import { Icon } from "../design/icon.tsx";

export interface PageProps {
  title: string;
  /** Where it belongs. */
  crumb?: { label: string; href: string };
  sub?: ReactNode;
  actions?: ReactNode;
  /** As high as the window: its content scrolls by itself. */
  isFull?: boolean;
  children: ReactNode;
}

/** A page: its title (also the window's), what can be done, its content. */
export function Page({ title, crumb, sub, actions, isFull = false, children }: PageProps): ReactElement {
  useEffect(() => {
    document.title = `${title.slice(0, 80)} · ClawTask`;
  }, [title]);
  return (
    <div className={isFull ? "page page-full" : "page"}>
      <header className="page-head">
        <div className="page-title">
          {crumb === undefined ? null : (
            <a className="page-crumb" href={crumb.href}>
              <Icon name="back" size={12} />
              {crumb.label}
            </a>
          )}
          <h1 title={title}>{title}</h1>
          {sub === undefined ? null : <div className="page-sub">{sub}</div>}
        </div>
        {actions === undefined ? null : <div className="line">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
