import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect } from "react";
import { pastQuery, runQuery } from "../api/queries.ts";
import type { RunDetail } from "../api/response-types.ts";
import { AttentionCards } from "../attention/attention-cards.tsx";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo, useQueryValues } from "../components/router.ts";
import { StatusBadge } from "../design/status-badge.tsx";
import { Tabs } from "../design/tabs.tsx";
import { Time } from "../design/time.tsx";
import { GraphTab } from "./graph/graph-tab.tsx";
import { prepareLayout } from "./graph/layout.ts";
import { HistorySlider } from "./history-slider.tsx";
import { NodeDocuments } from "./node-documents.tsx";
import { NodePanel } from "./node-panel.tsx";
import { RunControls } from "./run-controls.tsx";
import { Progress } from "./run-line.tsx";
import { RunEvents, RunInfo, RunTasks } from "./run-tabs.tsx";
import { TimelineTab } from "./timeline-tab.tsx";
import "./runs.css";

/** One run: its graph, its time, its words, and what can be done; now, or as it was. */
export function RunPage({ runId }: { runId: string }): ReactElement {
  const query = useQuery(runQuery(runId));
  useEffect(prepareLayout, []);
  const [values] = useQueryValues();
  const at = Number(values.get("at") ?? "0");
  const isPast = at > 0;
  const past = useQuery({ ...pastQuery(runId, at), enabled: isPast });
  const detail = query.data;
  const state = isPast ? (past.data?.state ?? detail?.state) : detail?.state;
  const done = state?.nodes.filter(({ status }) => status === "completed" || status === "skipped").length ?? 0;
  return (
    <Page
      title={detail?.state.title ?? runId}
      crumb={{ label: "Runs", href: "#/runs" }}
      sub={
        detail === undefined || state === undefined ? undefined : (
          <span className="line">
            {isPast && past.data !== undefined ? <span className="list-tag">as it was</span> : null}
            <StatusBadge status={state.blockedBy === undefined ? state.status : "blocked"} />
            <Progress done={done} total={state.nodes.length} status={state.status} />
            <span className="mono dim wrap">{runId}</span>
            <a href={linkTo(["workflows", detail.workflow.id])}>{detail.workflow.id}</a>
            <span className="dim">
              changed <Time at={state.updatedAt} />
            </span>
          </span>
        )
      }
      actions={detail === undefined ? undefined : <RunControls detail={detail} isPast={isPast} />}
    >
      <Loaded query={query}>
        {(loaded) => <RunParts detail={state === undefined ? loaded : { ...loaded, state }} isPast={isPast} />}
      </Loaded>
    </Page>
  );
}

function RunParts({ detail, isPast }: { detail: RunDetail; isPast: boolean }): ReactElement {
  const [values, setValues] = useQueryValues();
  const { state } = detail;
  const tab = values.get("tab") ?? "graph";
  const nodeId = values.get("node");
  const node = state.nodes.find(({ id }) => id === nodeId);
  const hasNode = tab === "graph" || tab === "timeline";
  return (
    <>
      <RunAttention detail={detail} nodeId={hasNode ? nodeId : null} isPast={isPast} />
      <Tabs
        label="Parts of the run"
        active={tab}
        onChange={(id) => setValues({ tab: id === "graph" ? null : id })}
        tabs={[
          { id: "graph", label: "Graph" },
          { id: "timeline", label: "Timeline" },
          { id: "events", label: "Events", count: detail.seq },
          { id: "tasks", label: "Tasks", count: detail.tasks.length },
          { id: "about", label: "About" },
        ]}
      >
        <div className="stack">
          {hasNode ? <HistorySlider runId={state.runId} lastSeq={detail.seq} /> : null}
          <div className={hasNode && node !== undefined ? "run-split" : "run-whole"}>
            {tab === "graph" ? <GraphTab state={state} isPast={isPast} /> : null}
            {tab === "timeline" ? <TimelineTab state={state} isPast={isPast} /> : null}
            {tab === "events" ? <RunEvents runId={state.runId} lastSeq={detail.seq} /> : null}
            {tab === "tasks" ? <RunTasks tasks={detail.tasks} /> : null}
            {tab === "about" ? <RunInfo detail={detail} /> : null}
            {hasNode && node !== undefined ? <NodePanel detail={detail} node={node} isPast={isPast} /> : null}
          </div>
          {hasNode && node !== undefined ? <NodeDocuments runId={state.runId} node={node} /> : null}
        </div>
      </Tabs>
    </>
  );
}

interface RunAttentionProps {
  detail: RunDetail;
  nodeId: string | null;
  isPast: boolean;
}

/** What the run needs somebody for, above everything else. Beside its past it keeps its place, and cannot be used. */
export function RunAttention({ detail, nodeId, isPast }: RunAttentionProps): ReactElement {
  return (
    <div className={isPast ? "run-needs run-needs-now" : "run-needs"}>
      {isPast ? <span className="run-needs-mark">as of now</span> : null}
      <div inert={isPast}>
        <AttentionCards
          items={detail.attention}
          label="What this run needs"
          isTitleShown={false}
          // The panel of a node asks its question itself.
          isHidden={({ question }) => question !== undefined && question.nodeId === nodeId}
        />
      </div>
    </div>
  );
}
