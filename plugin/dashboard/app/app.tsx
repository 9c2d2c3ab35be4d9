import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { useConnection } from "../api/connection.ts";
import { ApiError } from "../api/problem.ts";
import { sessionQuery } from "../api/queries.ts";
import { usePageLocation } from "../components/router.ts";
import { restoreLostFocus } from "../design/focus-fallback.ts";
import { Toasts } from "../design/toast.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { LiveAnnouncer } from "./live-announcer.tsx";
import { Navigation } from "./navigation.tsx";
import { renderPage } from "./routes.tsx";
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
