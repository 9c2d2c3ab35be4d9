import type { ReactElement } from "react";
import type { RunDetail } from "../api/response-types.ts";
import { linkTo } from "../components/router.ts";
import { Facts, mono, Panel } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";

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
