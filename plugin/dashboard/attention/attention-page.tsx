import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { attentionQuery, healthQuery, overviewQuery } from "../api/queries.ts";
import type { Overview } from "../api/response-types.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { AttentionCards } from "./attention-cards.tsx";
import { RunningNow } from "./running-now.tsx";
import "./attention.css";

/** Home: what needs somebody, most urgent first, and what is running. */
export function AttentionPage(): ReactElement {
  const attention = useQuery(attentionQuery);
  const overview = useQuery(overviewQuery);
  const health = useQuery(healthQuery);
  const isRecorded = health.data?.recorder?.stale === false;
  const total = attention.data?.total;
  const title =
    total === undefined
      ? "Attention"
      : total === 0
        ? isRecorded
          ? "All is well"
          : "Nothing needs you"
        : `${total} ${total === 1 ? "thing needs" : "things need"} you`;
  return (
    <Page title={title}>
      <RecorderStatusLine />
      <OverviewTiles overview={overview.data} />
      <div className="columns">
        <div className="stack">
          <Loaded query={attention} rows={5}>
            {({ items, total: all }) => (
              <>
                <AttentionCards
                  items={items}
                  label="What needs you"
                  empty={
                    <EmptyState icon="check" tone="good" title="Nothing needs you">
                      {formatRunning(overview.data?.tasks.running ?? 0, overview.data?.runs.byStatus["running"] ?? 0)}
                    </EmptyState>
                  }
                />
                {all > items.length ? <p className="dim">and {all - items.length} more</p> : null}
              </>
            )}
          </Loaded>
        </div>
        <RunningNow />
      </div>
    </Page>
  );
}

function formatRunning(tasks: number, runs: number): string {
  if (tasks + runs === 0) return "Nothing is running either. What agents start and walk away from shows up here.";
  const parts = [
    ...(tasks === 0 ? [] : [`${tasks} ${tasks === 1 ? "task" : "tasks"}`]),
    ...(runs === 0 ? [] : [`${runs} ${runs === 1 ? "run" : "runs"}`]),
  ];
  return `${parts.join(" and ")} at work; results go to whoever asked for them.`;
}

interface Tile {
  label: string;
  value: number | undefined;
  href: string;
  tone?: "bad" | "busy";
}

/** The state of everything in five numbers; each leads to what it counts. */
export function OverviewTiles({ overview }: { overview: Overview | undefined }): ReactElement {
  const failed = overview === undefined ? undefined : overview.deliveries.failed + overview.deliveries.ambiguous;
  const tiles: Tile[] = [
    {
      label: "tasks running",
      value: overview?.tasks.running,
      href: linkTo(["tasks"], { status: "running" }),
      tone: "busy",
    },
    { label: "tasks queued", value: overview?.tasks.queued, href: linkTo(["tasks"], { status: "queued" }) },
    {
      label: "runs going on",
      value: overview && (overview.runs.byStatus["running"] ?? 0),
      href: linkTo(["runs"], { status: "running" }),
      tone: "busy",
    },
    { label: "ended today", value: overview?.tasks.endedToday, href: linkTo(["tasks"]) },
    {
      label: "results not delivered",
      value: failed,
      href: linkTo(["health"]),
      ...(failed === 0 ? {} : { tone: "bad" as const }),
    },
  ];
  return (
    <ul className="tiles" aria-label="How it stands">
      {tiles.map(({ label, value, href, tone }) => (
        <li key={label}>
          <a
            className={`tile ${value === undefined || value === 0 || tone === undefined ? "" : `tone-${tone} tile-lit`}`}
            href={href}
          >
            <span className="tile-value">{value ?? "–"}</span>
            <span className="tile-label">{label}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** That nothing can be seen here, when nobody records: a quiet page would look like a good one. */
export function RecorderStatusLine(): ReactElement | null {
  const { data: health } = useQuery(healthQuery);
  if (health === undefined || health.recorder?.stale === false) return null;
  return (
    <p className="recorder-line">
      <StatusMark status="stalled" />
      <span>
        {health.recorder === null ? (
          "Nothing is recorded here: no gateway works on this registry."
        ) : (
          <>
            Nothing is recorded now: the gateway was last heard of <Time at={health.recorder.updatedAt} />.
          </>
        )}{" "}
        <a href="#/health">See Health</a>
      </span>
    </p>
  );
}
