import { type ReactElement, useMemo } from "react";
import type { LiveListSource } from "../api/live-list.ts";
import { formatQuery } from "../api/request.ts";
import type { FlowListPage, FlowRecord } from "../api/response-types.ts";
import { FilterSelect } from "../components/filter-controls.tsx";
import { Page } from "../components/page.tsx";
import { linkTo, useQueryValues } from "../components/router.ts";
import { LiveRows } from "../components/virtual-list.tsx";
import { CommandSnippet } from "../design/code-block.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import "./flows.css";

const STATUSES = ["queued", "running", "waiting", "blocked", "succeeded", "failed", "cancelled"];

/** Every flow, the one that changed last first; each run has one, too. */
export function FlowsPage(): ReactElement {
  const [query] = useQueryValues();
  const status = query.get("status") ?? "";
  const source = useMemo(() => createSource(status), [status]);
  return (
    <Page title="Flows" isFull>
      <div className="filters">
        <FilterSelect name="status" label="Any status" values={STATUSES} />
      </div>
      <LiveRows
        label="Flows"
        source={source}
        rowHeight={50}
        row={(flow) => <FlowLine flow={flow} />}
        skeletonRows={10}
        empty={
          status === "" ? (
            <EmptyState icon="flows" title="No flow yet">
              <p>A flow holds the steps of a job that code or an agent decides.</p>
              <CommandSnippet command='clawtask flows create --title "A job of several steps"' />
            </EmptyState>
          ) : (
            <EmptyState icon="flows" title="No flow fits">
              None has this status at the moment.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}

function FlowLine({ flow }: { flow: FlowRecord }): ReactElement {
  const isRun = flow.flowId.startsWith("run:");
  return (
    <a className="list-link" href={linkTo(["flows", flow.flowId])} data-row>
      <StatusMark status={flow.status} />
      <span className="list-title">
        <span className="cut" title={flow.title}>
          {flow.title.slice(0, 200)}
        </span>
        <span className="cut list-note">{flowSummary(flow) || flow.flowId}</span>
      </span>
      <span className="run-status list-wide">{humanize(flow.status)}</span>
      <span className="flow-kind list-wide">
        <span className="list-tag">{isRun ? "of a run" : "flow"}</span>
      </span>
      <span className="list-side flow-tasks list-wide">
        {flow.tasks.length} {flow.tasks.length === 1 ? "task" : "tasks"}
      </span>
      <span className="list-side run-when">
        <Time at={flow.updatedAt} isShort />
      </span>
    </a>
  );
}

function createSource(status: string): LiveListSource<FlowRecord> {
  return {
    queryKey: ["flows", status],
    getUrl: (before) => `api/flows${formatQuery({ status, before, limit: 100 })}`,
    parsePage: (answer) => {
      const { flows, next } = answer as FlowListPage;
      return { rows: flows, next: next ?? null };
    },
    getId: (flow) => flow.flowId,
    getSortKey: (flow) => flow.updatedAt,
  };
}

/** In one line: what holds a flow up, else the last word about it. */
export function flowSummary(flow: FlowRecord): string {
  if (flow.endedAt !== null) return flow.error ?? flow.result ?? "";
  if (flow.cancel !== null) return "its cancel is wanted; its tasks are asked to stop";
  if (flow.blocked !== null) return `blocked: ${flow.blocked.reason}`;
  if (flow.wait !== null) return `waits for ${formatWait(flow)}`;
  return [flow.currentStep, flow.latestUpdate].filter(Boolean).join(": ");
}

function formatWait({ wait }: FlowRecord): string {
  if (wait === null) return "";
  const note = wait.note === undefined ? "" : ` (${wait.note})`;
  switch (wait.kind) {
    case "task":
      return `task ${wait.taskId}${note}`;
    case "event":
      return `the event ${wait.name}${note}`;
    case "until":
      return `${wait.at}${note}`;
    case "manual":
      return wait.note ?? "somebody";
  }
}
