import { type ReactElement, useState } from "react";
import type { RunDetail } from "../api/response-types.ts";
import { toActionRequest } from "../api/use-action.ts";
import { ActionButton } from "../components/action-button.tsx";
import { linkTo } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { ForkDialog } from "./fork-dialog.tsx";
import { RunControlsMenu } from "./run-controls-menu.tsx";

/** What can be done with the whole run. The past cannot be changed; it can be forked. */
export function RunControls({ detail, isPast }: { detail: RunDetail; isPast: boolean }): ReactElement {
  const { runId, status, forkedFrom } = detail.state;
  const [isForking, setForking] = useState(false);
  const isEnded = status === "completed" || status === "failed" || status === "cancelled";
  return (
    <>
      {isEnded || isPast ? null : status === "paused" ? (
        <ActionButton
          icon="play"
          variant="primary"
          action={toActionRequest("runs", runId, "resume", { label: "Resume", done: "The run goes on" })}
        />
      ) : (
        <ActionButton
          icon="pause"
          action={toActionRequest("runs", runId, "pause", { label: "Pause", done: "Nothing new is begun" })}
        />
      )}
      <Button icon="fork" onClick={() => setForking(true)}>
        Fork
      </Button>
      <a
        className="button"
        href={linkTo(["compare"], { a: forkedFrom?.runId ?? runId, b: forkedFrom === undefined ? null : runId })}
      >
        Compare
      </a>
      {isPast ? null : <RunControlsMenu detail={detail} />}
      {isForking ? <ForkDialog state={detail.state} onClose={() => setForking(false)} /> : null}
    </>
  );
}
