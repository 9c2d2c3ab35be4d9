import { useQuery } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { get } from "../api/request.ts";
import type { RunListPage, TaskListPage } from "../api/response-types.ts";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { Panel } from "../design/panel.tsx";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { getTaskHeading } from "../tasks/task-title.ts";

const SHOWN = 8;

/** What is at work at this moment, for a glance. */
export function RunningNow(): ReactElement {
  const tasks = useQuery({
    queryKey: ["tasks", "running-now"],
    queryFn: ({ signal }) =>
      get<TaskListPage>(`api/tasks?status=running&limit=${SHOWN}`, signal).then((page) => ({
        ...page,
        rows: page.tasks,
      })),
    refetchInterval: 30_000,
  });
  const runs = useQuery({
    queryKey: ["runs", "running-now"],
    queryFn: ({ signal }) => get<RunListPage>(`api/run-list?status=running&limit=${SHOWN}`, signal),
  });
  return (
    <aside className="stack" aria-label="At work now">
      <Panel title="Runs under way" isFlush actions={<a href={linkTo(["runs"])}>All runs</a>}>
        <Loaded query={runs} rows={2}>
          {(page) => (
            <Glance empty="No run is going on.">
              {page.runs.map((run) => (
                <Line
                  key={run.runId}
                  href={linkTo(["runs", run.runId])}
                  status={run.phase}
                  title={run.title ?? run.runId}
                  note={run.problem ?? `${run.done} of ${run.total} done`}
                  at={run.updatedAt}
                />
              ))}
            </Glance>
          )}
        </Loaded>
      </Panel>
      <Panel title="Tasks at work" isFlush actions={<a href={linkTo(["tasks"], { status: "running" })}>All running</a>}>
        <Loaded query={tasks} rows={4}>
          {(page) => (
            <Glance empty="No task is running.">
              {page.tasks.map((task) => (
                <Line
                  key={task.taskId}
                  href={linkTo(["tasks", task.taskId])}
                  status={task.view.phase}
                  title={getTaskHeading(task)}
                  note={task.view.latestUpdate ?? task.view.answers.doing}
                  at={task.view.lastActivityAt}
                />
              ))}
            </Glance>
          )}
        </Loaded>
      </Panel>
    </aside>
  );
}

function Glance({ empty, children }: { empty: string; children: ReactNode[] }): ReactElement {
  return children.length === 0 ? <p className="glance-empty">{empty}</p> : <ul>{children}</ul>;
}

function Line(about: { href: string; status: string; title: string; note: string; at: string | null }): ReactElement {
  return (
    <li>
      <a className="glance" href={about.href}>
        <StatusMark status={about.status} />
        <span className="glance-text">
          <span className="cut" title={about.title}>
            {about.title}
          </span>
          <span className="cut dim" title={about.note}>
            {about.note}
          </span>
        </span>
        <span className="list-side">
          <Time at={about.at} isShort />
        </span>
      </a>
    </li>
  );
}
