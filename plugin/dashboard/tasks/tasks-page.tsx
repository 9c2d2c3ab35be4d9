import { type ReactElement, useMemo } from "react";
import type { TaskPhase, TaskRuntime, TaskStatus } from "../../../registry-helper/internal.ts";
import type { LiveListSource } from "../api/live-list.ts";
import { formatQuery } from "../api/request.ts";
import type { TaskListItem, TaskListPage } from "../api/response-types.ts";
import { FilterCheck, FilterChip, FilterSelect } from "../components/filter-controls.tsx";
import { Page } from "../components/page.tsx";
import { useQueryValues } from "../components/router.ts";
import { SearchField } from "../components/search-field.tsx";
import { useNarrowViewport } from "../components/use-narrow-viewport.ts";
import { LiveRows } from "../components/virtual-list.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { TaskLine } from "./task-line.tsx";
import "./tasks.css";

const FILTERS = ["status", "runtime", "phase", "owner", "flow", "run", "since", "search", "all"] as const;
const PAGE = 100;

/** Every task, the newest first, live. */
export function TasksPage(): ReactElement {
  const [query] = useQueryValues();
  const isNarrow = useNarrowViewport();
  const filterText = FILTERS.map((name) => `${name}=${query.get(name) ?? ""}`).join("&");
  const isFiltered = FILTERS.some((name) => (query.get(name) ?? "") !== "");
  const source = useMemo(() => createSource(new URLSearchParams(filterText)), [filterText]);
  const owner = query.get("owner");
  return (
    <Page title="Tasks" isFull>
      <div className="filters">
        <SearchField label="Search tasks" />
        <FilterSelect name="status" label="Any status" values={STATUSES} />
        <FilterSelect name="runtime" label="Any runtime" values={RUNTIMES} />
        <FilterSelect name="phase" label="Any phase" values={PHASES} />
        <FilterCheck name="all">older ones too</FilterCheck>
        {(["owner", "flow", "run"] as const).map((name) => (
          <FilterChip key={name} name={name} />
        ))}
      </div>
      <LiveRows
        label="Tasks"
        source={source}
        rowHeight={46}
        row={(task) => <TaskLine task={task} isNarrow={isNarrow} isOwnerShown={owner === null} />}
        skeletonRows={12}
        empty={
          <EmptyState icon="tasks" title={isFiltered ? "No task fits" : "No task yet"}>
            {!isFiltered
              ? "What an agent starts and walks away from has a line here: subagents, automations, commands."
              : "Take a filter away, or look at older ones too."}
          </EmptyState>
        }
      />
    </Page>
  );
}

function createSource(filter: URLSearchParams): LiveListSource<TaskListItem> {
  const values = Object.fromEntries(filter);
  return {
    queryKey: ["tasks", filter.toString()],
    getUrl: (before) => `api/tasks${formatQuery({ ...values, before, limit: PAGE })}`,
    parsePage: (answer) => {
      const { tasks, next } = answer as TaskListPage;
      return { rows: tasks, next };
    },
    getId: (task) => task.taskId,
    // Ids begin with the time: they are in the order of the list.
    getSortKey: (task) => task.taskId,
    refetchInterval: 30_000,
  };
}

/** The words of a filter in their order. One that the registry has and this page has not, or the reverse, does not compile. */
function listKeys<Word extends string>(words: Record<Word, true>): readonly string[] {
  return Object.keys(words);
}

export const STATUSES = listKeys<TaskStatus>({
  queued: true,
  running: true,
  succeeded: true,
  failed: true,
  timed_out: true,
  cancelled: true,
  lost: true,
});
export const RUNTIMES = listKeys<TaskRuntime>({
  subagent: true,
  acp: true,
  cron: true,
  cli: true,
  exec: true,
  media: true,
});
export const PHASES = listKeys<TaskPhase>({
  queued: true,
  starting: true,
  working: true,
  reading_context: true,
  researching: true,
  planning: true,
  editing: true,
  testing: true,
  waiting_user: true,
  waiting_approval: true,
  waiting_dependency: true,
  summarizing: true,
  done: true,
  failed: true,
  stalled: true,
});
