import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";
import "./empty-state.css";

export interface EmptyStateProps {
  icon: IconName;
  title: string;
  tone?: "good" | "idle" | "bad";
  children?: ReactNode;
}

/** What is said where nothing is to be shown, and what can be done about it. */
export function EmptyState({ icon, title, tone = "idle", children }: EmptyStateProps): ReactElement {
  return (
    <div className={`empty tone-${tone}`}>
      <span className="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <p className="empty-title">{title}</p>
      {children === undefined ? null : <div className="empty-text">{children}</div>}
    </div>
  );
}
