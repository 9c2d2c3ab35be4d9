import { type ReactElement, useEffect, useState } from "react";
import { useConnection } from "../api/connection.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Time } from "../design/time.tsx";
import { toast } from "../design/toast.tsx";
import "./connection-banner.css";

/** A reload of the server takes no longer; nobody needs to be told of it. */
const GRACE_MS = 1_200;

/** Says that the server is gone, since when, and what is still true; and says when it is back. It covers nothing. */
export function ConnectionBanner({ onRetry }: { onRetry: () => void }): ReactElement | null {
  const { state, since, reason } = useConnection();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (state === "lost") {
      const timer = setTimeout(() => setShown(true), GRACE_MS);
      return () => clearTimeout(timer);
    }
    if (state === "live")
      setShown((wasShown) => {
        if (wasShown) toast("good", "The server is back; this page is up to date again");
        return false;
      });
    return undefined;
  }, [state]);
  if (!isShown) return null;
  return (
    <div className="gone" role="alert">
      <Icon name="warning" />
      <p>
        <strong>The server does not answer.</strong> Last heard of <Time at={new Date(since).toISOString()} />
        {reason === undefined ? "" : ` (${reason})`}. What you see is from then; no work depends on the server.
      </p>
      <Button onClick={onRetry}>Try now</Button>
    </div>
  );
}
