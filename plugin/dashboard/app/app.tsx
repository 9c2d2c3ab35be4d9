import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { useConnection } from "../api/connection.ts";
import { Problem } from "../api/problem.ts";
import { sessionQuery } from "../api/queries.ts";
import { keepFocus } from "../design/focus-fallback.ts";
import { Toasts } from "../design/toast.tsx";
import { Announcer } from "./live-announcer.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { Navigation } from "./navigation.tsx";
import { pageOf } from "./routes.tsx";
import { usePlace } from "../components/router.ts";
import { SignIn } from "./sign-in.tsx";
import { useKeys } from "./use-keyboard-shortcuts.ts";
import "./app.css";

/** The frame around every page: where to go, how it stands with the server, what came of an action. */
export function App({ onRetry }: { onRetry: () => void }): ReactElement {
  const session = useQuery(sessionQuery);
  const connection = useConnection();
  const place = usePlace();
  const [isHelpShown, setHelpShown] = useState(false);
  const main = useRef<HTMLElement>(null);
  useKeys({ onHelp: () => setHelpShown(true) });

  useEffect(keepFocus, []);

  const where = place.path.join("/");
  useEffect(() => {
    main.current?.scrollTo(0, 0);
    // Whoever listens instead of looking hears the new page from its beginning.
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [where]);

  const isRefused = session.error instanceof Problem && session.error.status === 401;
  if (isRefused || connection.state === "refused") return <SignIn />;
  return (
    <div className="app">
      <Navigation
        place={place}
        session={session.data}
        onHelp={() => setHelpShown(true)}
        onSkip={() => main.current?.focus()}
      />
      <main ref={main} className="app-main" tabIndex={-1}>
        {pageOf(place)}
      </main>
      <ConnectionBanner onRetry={onRetry} />
      <Toasts />
      <Announcer />
      {isHelpShown ? <HelpDialog onClose={() => setHelpShown(false)} /> : null}
    </div>
  );
}
