import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { useConnection } from "../api/connection.ts";
import { ApiError } from "../api/problem.ts";
import { sessionQuery, overviewQuery } from "../api/queries.ts";
import { AttentionPage } from "../attention/attention-page.tsx";
import { Page } from "../components/page.tsx";
import { usePageLocation, type PageLocation } from "../components/router.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { restoreLostFocus } from "../design/focus-fallback.ts";
import { Toasts } from "../design/toast.tsx";
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
import { ConnectionBanner } from "./connection-banner.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { Navigation } from "./navigation.tsx";
import { SignIn } from "./sign-in.tsx";
import { useKeyboardShortcuts } from "./use-keyboard-shortcuts.ts";
import "./app.css";

/** The frame around every page: where to go, how it stands with the server, what came of an action. */
export function App({ onRetry }: { onRetry: () => void }): ReactElement {
  const session = useQuery(sessionQuery);
  const connection = useConnection();
  const pageLocation = usePageLocation();
  const [isHelpShown, setHelpShown] = useState(false);
  const main = useRef<HTMLElement>(null);
  useKeyboardShortcuts({ onHelp: () => setHelpShown(true) });

  useEffect(restoreLostFocus, []);

  const where = pageLocation.path.join("/");
  useEffect(() => {
    main.current?.scrollTo(0, 0);
    // Whoever listens instead of looking hears the new page from its beginning.
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [where]);

  const isUnauthorized = session.error instanceof ApiError && session.error.status === 401;
  if (isUnauthorized || connection.state === "refused") return <SignIn />;
  return (
    <div className="app">
      <Navigation
        pageLocation={pageLocation}
        session={session.data}
        onHelp={() => setHelpShown(true)}
        onSkip={() => main.current?.focus()}
      />
      <main ref={main} className="app-main" tabIndex={-1}>
        {renderPage(pageLocation)}
      </main>
      <ConnectionBanner onRetry={onRetry} />
      <Toasts />
      <LiveAnnouncer />
      {isHelpShown ? <HelpDialog onClose={() => setHelpShown(false)} /> : null}
    </div>
  );
}

/** Tells those who do not see the page what changed on it by itself. */
export function LiveAnnouncer(): ReactElement {
  const { data } = useQuery(overviewQuery);
  const { state } = useConnection();
  const [announcement, setAnnouncement] = useState("");
  const before = useRef<number | undefined>(undefined);
  const total = data?.attention.total;
  useEffect(() => {
    if (total === undefined) return;
    if (before.current !== undefined && before.current !== total)
      setAnnouncement(
        total === 0 ? "Nothing needs you any more" : `${total} ${total === 1 ? "thing needs" : "things need"} you`,
      );
    before.current = total;
  }, [total]);
  useEffect(() => {
    if (state === "lost") setAnnouncement("The server does not answer");
  }, [state]);
  return (
    <p className="spoken" aria-live="polite" data-announcer>
      {announcement}
    </p>
  );
}

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
