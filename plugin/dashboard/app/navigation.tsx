import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useConnection } from "../api/connection.ts";
import { healthQuery, overviewQuery } from "../api/queries.ts";
import type { Health, Session } from "../api/response-types.ts";
import type { PageLocation } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { Icon, type IconName } from "../design/icon.tsx";
import "./navigation.css";

interface Entry {
  section: string;
  label: string;
  href: string;
  icon: IconName;
  key: string;
}

export const SECTIONS: readonly Entry[] = [
  { section: "", label: "Attention", href: "#/", icon: "attention", key: "a" },
  { section: "tasks", label: "Tasks", href: "#/tasks", icon: "tasks", key: "t" },
  { section: "runs", label: "Runs", href: "#/runs", icon: "runs", key: "r" },
  { section: "flows", label: "Flows", href: "#/flows", icon: "flows", key: "f" },
  { section: "workflows", label: "Workflows", href: "#/workflows", icon: "workflows", key: "w" },
  { section: "health", label: "Health", href: "#/health", icon: "health", key: "h" },
];

interface NavigationProps {
  pageLocation: PageLocation;
  session: Session | undefined;
  onHelp: () => void;
  onSkip: () => void;
}

/** The six places. A column at the side; where there is no room, a bar at the bottom. */
export function Navigation({ pageLocation, session, onHelp, onSkip }: NavigationProps): ReactElement {
  const { data: overview } = useQuery(overviewQuery);
  const { data: health } = useQuery(healthQuery);
  const section = pageLocation.path[0] === "compare" ? "runs" : (pageLocation.path[0] ?? "");
  const counts: Readonly<Record<string, number | undefined>> = {
    "": overview?.attention.total,
    tasks: overview?.tasks.running,
    runs: overview?.runs.byStatus["running"],
  };
  return (
    <nav className="nav" aria-label="Main">
      <button type="button" className="skip-link" onClick={onSkip}>
        Skip to the content
      </button>
      <a className="nav-brand" href="#/" tabIndex={-1} aria-hidden="true">
        <img src="icon.svg" alt="" width="22" height="22" />
        ClawTask
      </a>
      <ul className="nav-list">
        {SECTIONS.map(({ section: name, label, href, icon }) => {
          const count = counts[name] ?? 0;
          return (
            <li key={name}>
              <a className="nav-link" href={href} aria-current={section === name ? "page" : undefined}>
                <Icon name={icon} />
                <span className="nav-label">{label}</span>
                {count === 0 ? null : (
                  <span className={name === "" ? "nav-count nav-count-alert" : "nav-count"}>
                    {count > 999 ? "999+" : count}
                    <span className="spoken">{name === "" ? " need somebody" : " running"}</span>
                  </span>
                )}
                {name === "health" ? <HealthMark checks={health?.checks ?? []} /> : null}
              </a>
            </li>
          );
        })}
      </ul>
      <footer className="nav-foot">
        <ConnectionMark />
        <Button variant="quiet" icon="help" aria-label="Keys and help" onClick={onHelp} />
        {session === undefined ? null : (
          <p className="nav-about" title={session.registryRoot}>
            <span className="cut">{truncateStart(session.registryRoot)}</span>
            <span>
              {session.version}
              {session.scope === "read" || session.readOnly ? ", read only" : ""}
            </span>
          </p>
        )}
      </footer>
    </nav>
  );
}

/** That something is not in order, or that nobody records. */
function HealthMark({ checks }: { checks: Health["checks"] }): ReactElement | null {
  const isBad = checks.some(({ ok }) => !ok);
  const isNotRecording = checks.some(({ name, level }) => name === "recorder" && level === "warn");
  if (!isBad && !isNotRecording) return null;
  return (
    <span className={isBad ? "nav-mark nav-mark-bad" : "nav-mark"}>
      <span aria-hidden="true">!</span>
      <span className="spoken">{isBad ? " something is not in order" : " a look at the recorder is due"}</span>
    </span>
  );
}

/** Most of a path that fits; its end says more than its beginning. */
const MAX_PATH_LENGTH = 28;

function truncateStart(path: string): string {
  return path.length > MAX_PATH_LENGTH ? `…${path.slice(-MAX_PATH_LENGTH)}` : path;
}

const STATE_LABELS = {
  connecting: "connecting",
  live: "live",
  lost: "no connection",
  refused: "not signed in",
} as const;

function ConnectionMark(): ReactElement {
  const { state } = useConnection();
  return (
    <span className={`nav-line nav-line-${state}`}>
      <span className="nav-dot" aria-hidden="true" />
      {STATE_LABELS[state]}
    </span>
  );
}
