import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useMemo } from "react";
import { workflowQuery } from "../api/queries.ts";
import type { Graph, VersionStats, WorkflowResponse } from "../api/response-types.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { CommandSnippet } from "../design/code-block.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { formatShortDuration } from "../design/format-time.ts";
import { Facts, Panel } from "../design/panel.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import { GraphView } from "../runs/graph/graph-view.tsx";
import { RunLine } from "../runs/run-line.tsx";
import "../runs/runs.css";
import { DurationChart } from "./duration-chart.tsx";
import { OutcomeChart } from "./outcome-chart.tsx";
import "./workflows.css";

const MAX_RUNS = 12;

/** One workflow: how its versions went, over time, what it consists of, its latest runs. */
export function WorkflowPage({ workflowId }: { workflowId: string }): ReactElement {
  const query = useQuery(workflowQuery(workflowId));
  const definition = query.data?.definition;
  const version = query.data?.version ?? null;
  return (
    <Page
      title={definition?.title ?? workflowId}
      crumb={{ label: "Workflows", href: "#/workflows" }}
      sub={
        <span className="line">
          <span className="mono dim">{workflowId}</span>
          {version === null ? null : <span className="list-tag mono">{version}</span>}
        </span>
      }
      actions={
        <a className="button" href={linkTo(["runs"], { workflow: workflowId })}>
          All its runs
        </a>
      }
    >
      <Loaded query={query}>{(answer) => <WorkflowParts answer={answer} />}</Loaded>
    </Page>
  );
}

function WorkflowParts({ answer }: { answer: WorkflowResponse }): ReactElement {
  const { definition, versions, runs, path } = answer;
  return (
    <>
      {versions.length === 0 ? (
        <EmptyState icon="workflows" title="No run was made from it yet">
          {path === null ? null : (
            <CommandSnippet command={`clawtask scaffold --workflow-path ${path} --run-id ${answer.workflowId}-1`} />
          )}
        </EmptyState>
      ) : (
        <>
          <Versions versions={versions} current={answer.version} />
          <div className="columns columns-even">
            <Panel title="How runs ended, by day">
              <OutcomeChart runs={runs} />
            </Panel>
            <Panel title="How long completed runs took">
              <DurationChart runs={runs} />
            </Panel>
          </div>
        </>
      )}
      <div className="columns columns-even">
        {versions[0] === undefined ? null : <NodeStats version={versions[0]} />}
        {definition === null ? null : <Definition definition={definition} />}
      </div>
      {definition === null ? null : <DefinitionGraph definition={definition} />}
      {runs.length === 0 ? null : (
        <Panel title="Latest runs" isFlush>
          <ul className="workflow-runs">
            {runs.slice(0, MAX_RUNS).map((run) => (
              <li key={run.runId}>
                <RunLine run={run} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function Versions({ versions, current }: { versions: readonly VersionStats[]; current: string | null }): ReactElement {
  return (
    <Panel title="Versions" count={versions.length} isFlush>
      <Table
        label="Versions"
        rows={versions}
        getKey={({ version }) => version ?? "elsewhere"}
        columns={[
          {
            name: "Version",
            cell: ({ version }) => (
              <span className="mono">
                {version ?? "made elsewhere"}
                {version !== null && version === current ? <span className="workflow-now">now</span> : null}
              </span>
            ),
          },
          { name: "Completed of what has ended", isMain: true, cell: (one) => <Rate stats={one} /> },
          { name: "Runs", isNumber: true, cell: ({ runs }) => runs },
          { name: "Failed", isNumber: true, cell: ({ failed }) => failed },
          { name: "Open", isNumber: true, isWide: true, cell: ({ open }) => open },
          { name: "Half within", isNumber: true, cell: ({ duration }) => formatShortDuration(duration?.p50) },
          {
            name: "90 % within",
            isNumber: true,
            isWide: true,
            cell: ({ duration }) => formatShortDuration(duration?.p90),
          },
          { name: "Tried again", isNumber: true, isWide: true, cell: ({ retries }) => retries },
          {
            name: "Fails most at",
            isWide: true,
            cell: ({ failures: [most] }) =>
              most === undefined ? "–" : `${most.nodeId}: ${humanize(most.reason)} (${most.count})`,
          },
          { name: "Last run", isWide: true, cell: ({ lastAt }) => <Time at={lastAt} /> },
        ]}
      />
    </Panel>
  );
}

function NodeStats({ version }: { version: VersionStats }): ReactElement {
  return (
    <Panel title={`Nodes of ${version.version ?? "runs made elsewhere"}`} isFlush>
      <Table
        label="Nodes"
        rows={version.nodes}
        getKey={({ nodeId }) => nodeId}
        columns={[
          { name: "Node", isMain: true, cell: ({ nodeId }) => <span className="mono">{nodeId}</span> },
          { name: "Tries", isNumber: true, cell: ({ attempts }) => attempts },
          { name: "Again", isNumber: true, isWide: true, cell: ({ retries }) => retries },
          { name: "Failed", isNumber: true, cell: ({ failures }) => failures },
          { name: "p50", isNumber: true, cell: ({ duration }) => formatShortDuration(duration?.p50) },
          { name: "p90", isNumber: true, isWide: true, cell: ({ duration }) => formatShortDuration(duration?.p90) },
        ]}
      />
    </Panel>
  );
}

function Definition({ definition }: { definition: NonNullable<WorkflowResponse["definition"]> }): ReactElement {
  const params = Object.entries(definition.params ?? {});
  return (
    <Panel title="Parameters">
      {params.length === 0 ? (
        <p className="dim">It takes none.</p>
      ) : (
        <Facts
          rows={params.map(([name, spec]) => [
            name,
            [
              spec.type,
              spec.default === undefined ? "needed" : `else ${JSON.stringify(spec.default)}`,
              ...(spec.enum === undefined ? [] : [`one of ${spec.enum.join(", ")}`]),
              ...(spec.description === undefined ? [] : [spec.description]),
            ].join("; "),
          ])}
        />
      )}
    </Panel>
  );
}

const NO_LINK = (): string => location.hash;

function DefinitionGraph({ definition }: { definition: NonNullable<WorkflowResponse["definition"]> }): ReactElement {
  const graph = useMemo<Graph>(
    () => ({
      nodes: definition.nodes.map(({ id, title, kind }) => ({ id, title, kind })),
      edges: definition.nodes.flatMap(({ id, needs }) => (needs ?? []).map((from) => ({ from, to: id }))),
    }),
    [definition],
  );
  return (
    <section className="graph" aria-label="Graph of the workflow">
      <GraphView graph={graph} selected={null} getLink={NO_LINK} />
    </section>
  );
}

/** How many runs of a version completed, as a bar and in words. */
export function Rate({ stats }: { stats: VersionStats }): ReactElement {
  const { completed, failed, cancelled, completionRate } = stats;
  const ended = completed + failed + cancelled;
  if (completionRate === null) return <span className="dim">none has ended</span>;
  const share = (count: number): string => `${(count / ended) * 100}%`;
  return (
    <span className="rate" title={`${completed} completed, ${failed} failed, ${cancelled} cancelled`}>
      <span className="rate-bar" aria-hidden="true">
        <span className="rate-good" style={{ width: share(completed) }} />
        <span className="rate-bad" style={{ width: share(failed) }} />
      </span>
      <span className="rate-text">{Math.round(completionRate * 100)} %</span>
    </span>
  );
}
