import type { ReactElement } from "react";
import { AttentionPage } from "../attention/attention-page.tsx";
import { Page } from "../components/page.tsx";
import type { PageLocation } from "../components/router.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { FlowPage } from "../flows/flow-page.tsx";
import { FlowsPage } from "../flows/flows-page.tsx";
import { HealthPage } from "../health/health-page.tsx";
import { ComparePage } from "../runs/compare-page.tsx";
import { RunPage } from "../runs/run-page.tsx";
import { RunsPage } from "../runs/runs-page.tsx";
import { TaskPage } from "../tasks/task-page.tsx";
import { TasksPage } from "../tasks/tasks-page.tsx";
import { WorkflowPage } from "../workflows/workflow-page.tsx";
import { WorkflowsPage } from "../workflows/workflows-page.tsx";

/** The page of a place. A page of one thing is made anew for the next one. */
export function renderPage({ path }: PageLocation): ReactElement {
  const [section, id] = path;
  switch (section) {
    case undefined:
      return <AttentionPage />;
    case "tasks":
      return id === undefined ? <TasksPage /> : <TaskPage key={id} taskId={id} />;
    case "runs":
      return id === undefined ? <RunsPage /> : <RunPage key={id} runId={id} />;
    case "compare":
      return <ComparePage />;
    case "flows":
      return id === undefined ? <FlowsPage /> : <FlowPage key={id} flowId={id} />;
    case "workflows":
      return id === undefined ? <WorkflowsPage /> : <WorkflowPage key={id} workflowId={id} />;
    case "health":
      return <HealthPage />;
    default:
      return (
        <Page title="Nothing here">
          <EmptyState icon="search" title="This address leads nowhere">
            <a href="#/">Go to what needs somebody</a>
          </EmptyState>
        </Page>
      );
  }
}
