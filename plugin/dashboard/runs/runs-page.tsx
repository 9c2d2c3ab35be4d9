import { type ReactElement, useMemo } from "react";
import type { LiveListSource } from "../api/live-list.ts";
import { formatQuery } from "../api/request.ts";
import type { RunListPage as Answer, RunRow } from "../api/response-types.ts";
import { FilterCheck, FilterChip, FilterSelect } from "../components/filter-controls.tsx";
import { Page } from "../components/page.tsx";
import { useQueryValues } from "../components/router.ts";
import { SearchField } from "../components/search-field.tsx";
import { LiveRows } from "../components/virtual-list.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { RunLine } from "./run-line.tsx";
import "./runs.css";

const STATUSES = ["running", "paused", "completed", "failed", "cancelled", "draft", "unreadable"];
const FILTERS = ["status", "workflow", "search", "since", "archived"] as const;
const PAGE = 100;

/** Every run, the one that changed last first. */
export function RunsPage(): ReactElement {
  const [query] = useQueryValues();
  const filterText = FILTERS.map((name) => `${name}=${query.get(name) ?? ""}`).join("&");
  const isFiltered = FILTERS.some((name) => (query.get(name) ?? "") !== "");
  const source = useMemo(() => createSource(new URLSearchParams(filterText)), [filterText]);
  return (
    <Page
      title="Runs"
      isFull
      actions={
        <a className="button" href="#/compare">
          Compare two runs
        </a>
      }
    >
      <div className="filters">
        <SearchField label="Search runs" />
        <FilterSelect name="status" label="Any status" values={STATUSES} />
        <FilterCheck name="archived">from the archive</FilterCheck>
        <FilterChip name="workflow" />
      </div>
      <LiveRows
        label="Runs"
        source={source}
        rowHeight={50}
        row={(run) => <RunLine run={run} />}
        skeletonRows={12}
        empty={
          isFiltered ? (
            <EmptyState icon="runs" title="No run fits">
              Take a filter away, or look into the archive.
            </EmptyState>
          ) : (
            <EmptyState icon="runs" title="No run yet">
              <p>A run is made from a workflow; agents do so, and you can.</p>
              <a href="#/workflows">See the workflows</a>
            </EmptyState>
          )
        }
      />
    </Page>
  );
}

function createSource(filter: URLSearchParams): LiveListSource<RunRow> {
  const values = Object.fromEntries(filter);
  return {
    queryKey: ["runs", filter.toString()],
    getUrl: (before) => `api/run-list${formatQuery({ ...values, before, limit: PAGE })}`,
    parsePage: (answer) => {
      const { runs, next } = answer as Answer;
      return { rows: runs, next };
    },
    getId: (run) => run.runId,
    getSortKey: (run) => run.updatedAt ?? "",
  };
}
