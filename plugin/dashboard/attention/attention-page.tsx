import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { attentionQuery, healthQuery, overviewQuery } from "../api/queries.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { AttentionCards } from "./attention-cards.tsx";
import { OverviewTiles } from "./overview-tiles.tsx";
import { RecorderStatusLine } from "./recorder-status.tsx";
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
