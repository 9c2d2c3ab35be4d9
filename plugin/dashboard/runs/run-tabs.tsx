import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { journalQuery } from "../api/queries.ts";
import type { RunDetail } from "../api/response-types.ts";
import { EventList } from "../components/event-list.tsx";
import { Loaded } from "../components/query-result.tsx";
import { useQueryValues, linkTo } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { Panel, Facts, mono } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";
import { DeliveryBadge } from "../tasks/delivery-panel.tsx";
import { getTaskHeading } from "../tasks/task-title.ts";

const PAGE = 100;

/** The journal of the run, the newest lines first. */
export function RunEvents({ runId, lastSeq }: { runId: string; lastSeq: number }): ReactElement {
  const [, setValues] = useQueryValues();
  const [pages, setPages] = useState(0);
  const after = Math.max(0, lastSeq - PAGE * (pages + 1));
  const query = useQuery(journalQuery(runId, after));
  return (
    <Panel
      title="Journal"
      count={lastSeq}
      isFlush
      actions={
        <>
          <Button disabled={pages === 0} onClick={() => setPages(pages - 1)}>
            Newer
          </Button>
          <Button disabled={after === 0} onClick={() => setPages(pages + 1)}>
            Older
          </Button>
        </>
      }
    >
      <Loaded query={query} rows={8}>
        {({ events }) => (
          <EventList
            events={[...events].filter(({ seq }) => seq <= after + PAGE).reverse()}
            onSeq={(seq) => setValues({ tab: null, at: String(seq) })}
          />
        )}
      </Loaded>
    </Panel>
  );
}

/** The ledger's tasks that do the work of nodes. */
export function RunTasks({ tasks }: { tasks: RunDetail["tasks"] }): ReactElement {
  if (tasks.length === 0)
    return (
      <EmptyState icon="tasks" title="No task is linked to this run">
        A node whose work is done by a bound child shows it here.
      </EmptyState>
    );
  return (
    <Panel title="Tasks of this run" count={tasks.length} isFlush>
      <Table
        label="Tasks of this run"
        rows={tasks}
        getKey={(task) => task.taskId}
        columns={[
          { name: "Status", cell: (task) => <StatusBadge status={task.status} /> },
          {
            name: "Task",
            isMain: true,
            cell: (task) => (
              <a href={linkTo(["tasks", task.taskId])} data-row>
                {getTaskHeading(task).slice(0, 160)}
              </a>
            ),
          },
          { name: "Node", cell: (task) => <span className="mono">{task.link?.nodeId ?? "–"}</span> },
          { name: "Delivery", isWide: true, cell: (task) => <DeliveryBadge delivery={task.delivery} /> },
          { name: "Created", isWide: true, cell: (task) => <Time at={task.createdAt} /> },
        ]}
      />
    </Panel>
  );
}

/** Where a run comes from, where it goes to, and what it was given. */
export function RunInfo({ detail }: { detail: RunDetail }): ReactElement {
  const { state, workflow, flow, artifacts } = detail;
  const params = Object.entries(state.params ?? {});
  const isOld = workflow.currentVersion !== null && workflow.version !== workflow.currentVersion;
  return (
    <div className="columns columns-even">
      <Panel title="Run">
        <Facts
          rows={[
            ["created", <Time at={state.createdAt} />],
            ["changed", <Time at={state.updatedAt} />],
            ["workflow", <a href={linkTo(["workflows", workflow.id])}>{workflow.id}</a>],
            ["version", `${workflow.version ?? "made elsewhere"}${isOld ? " (the file has changed since)" : ""}`],
            [
              "forked from",
              state.forkedFrom === undefined ? null : (
                <a href={linkTo(["runs", state.forkedFrom.runId])}>
                  {state.forkedFrom.runId} at {state.forkedFrom.nodeId}
                </a>
              ),
            ],
            ["flow", flow === null ? null : <a href={linkTo(["flows", flow])}>{flow}</a>],
            ["asked by", mono(state.sourceSessionKey)],
            ["outcome", state.delivery === undefined ? null : <StatusBadge status={state.delivery.state} />],
            ["why", state.delivery?.reason],
            ["cron job", state.cronJobId],
            ["notes", state.notes?.join("; ")],
          ]}
        />
      </Panel>
      <Panel title="Parameters">
        {params.length === 0 ? (
          <p className="dim">It takes none.</p>
        ) : (
          <Facts
            rows={params.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])}
          />
        )}
      </Panel>
      {artifacts.length === 0 ? null : (
        <Panel title="Declared files" count={artifacts.length} isFlush>
          <Table
            label="Declared files"
            rows={artifacts}
            getKey={({ nodeId, path }) => `${nodeId} ${path}`}
            columns={[
              {
                name: "File",
                isMain: true,
                cell: ({ nodeId, path }) => (
                  <a className="mono" href={linkTo(["runs", state.runId], { node: nodeId })}>
                    {path}
                  </a>
                ),
              },
              { name: "There", cell: ({ exists }) => (exists ? "yes" : "no") },
              { name: "Bytes", isNumber: true, cell: ({ size }) => size ?? "–" },
            ]}
          />
        </Panel>
      )}
    </div>
  );
}
