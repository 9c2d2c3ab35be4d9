import { type ReactElement, useState, useEffect, useRef } from "react";
import { runPrecondition } from "../api/preconditions.ts";
import type { RunDetail } from "../api/response-types.ts";
import { toActionRequest, type ActionRequest } from "../api/use-action.ts";
import { ActionButton } from "../components/action-button.tsx";
import { isUndelivered } from "../components/is-undelivered.ts";
import { linkTo } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { ForkDialog } from "./fork-dialog.tsx";

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

/** Controls that are needed less often, and the one that ends the run. */
export function RunControlsMenu({ detail }: { detail: RunDetail }): ReactElement {
  const { runId, status, delivery, archivedAt } = detail.state;
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const isEnded = status === "completed" || status === "failed" || status === "cancelled";
  const needsDecision = isUndelivered(delivery?.state);
  const control = (action: string, about: Partial<ActionRequest> & { label: string; done: string }): ActionRequest =>
    toActionRequest("runs", runId, action, about);
  useEffect(() => {
    if (!isOpen) return;
    const close = (event: Event): void => {
      const isInside = event.target instanceof Node && box.current?.contains(event.target) === true;
      if (!(event instanceof KeyboardEvent)) {
        if (!isInside) setOpen(false);
        return;
      }
      // With a dialog open, Escape is for the dialog; the button that opened it stays to get the focus back.
      if (event.key !== "Escape" || box.current?.querySelector("dialog") != null) return;
      setOpen(false);
      if (isInside) box.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, [isOpen]);
  useEffect(() => {
    // What was pressed may not be offered any more.
    if (isOpen && document.activeElement === document.body) box.current?.querySelector("button")?.focus();
  }, [isOpen, isEnded, needsDecision, archivedAt]);
  return (
    <div className="more-controls" ref={box}>
      <Button icon="more" aria-label="More controls" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      {isOpen ? (
        <div className="more-sheet" role="group" aria-label="More controls">
          <ActionButton
            variant="quiet"
            action={control("tick", { label: "Look again", done: "What time has brought is settled" })}
          />
          <ActionButton
            variant="quiet"
            action={control("note", {
              label: "Add a note",
              command: `clawtask note ${runId} "…"`,
              done: "The note is kept",
            })}
            words={{ name: "message", label: "Note", isRequired: true }}
          />
          <ActionButton
            variant="quiet"
            action={control("send_message", {
              label: "Tell the requester",
              command: `clawtask send-message ${runId} "…"`,
              done: "The message goes out",
            })}
            words={{ name: "message", label: "Message", isRequired: true }}
          />
          {needsDecision ? (
            <ActionButton
              variant="quiet"
              action={control("retry_delivery", {
                label: "Retry delivery",
                precondition: runPrecondition(detail, ({ state }) => [
                  state.delivery?.state,
                  state.delivery?.generation,
                ]),
                done: "The outcome will be sent again",
              })}
            />
          ) : null}
          {isEnded && archivedAt === undefined ? (
            <ActionButton variant="quiet" action={control("archive", { label: "Archive", done: "In the archive" })} />
          ) : null}
          {isEnded ? null : (
            <ActionButton
              variant="danger"
              action={control("cancel", {
                label: "Cancel run",
                precondition: runPrecondition(detail, ({ state }) => [state.status, state.blockedBy]),
                done: "The run is cancelled",
              })}
              confirm="A cancelled run never goes on. What is done stays, and it can be forked."
              words={{ name: "message", label: "Reason (optional)" }}
            />
          )}
        </div>
      ) : null}
    </div>
  );
}
