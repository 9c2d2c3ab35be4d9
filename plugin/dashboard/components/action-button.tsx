import { type ReactElement, useRef, useState } from "react";
import type { AdviceFacts } from "../api/error-advice.ts";
import type { Precondition } from "../api/preconditions.ts";
import { type ActionRequest, useAction, useCanWrite } from "../api/use-action.ts";
import { Button } from "../design/button.tsx";
import { CommandSnippet } from "../design/code-block.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { DialogProblem } from "../design/error-advice.tsx";
import { Field } from "../design/field.tsx";
import type { IconName } from "../design/icon.tsx";

export interface ActionButtonProps {
  action: ActionRequest;
  icon?: IconName;
  variant?: "plain" | "primary" | "danger" | "quiet";
  /** What is lost, in words: then it is asked first. */
  confirm?: string;
  /** Asks for words that go along, under this name of the body. */
  words?: { name: string; label: string; isRequired?: boolean };
  onDone?: (answer: unknown) => void;
}

/** A button that changes something. Where this page may not write, it copies the command that does the same. */
export function ActionButton(props: ActionButtonProps): ReactElement {
  const { action, icon, variant = "plain", confirm, words, onDone } = props;
  const canWrite = useCanWrite();
  const { run, isBusy, errorDetails } = useAction();
  const [isAsking, setAsking] = useState(false);
  /** How it stood when the question was put; what changes behind it is not what was decided on. */
  const askedPrecondition = useRef<Precondition>(undefined);
  if (!canWrite)
    return <CopyButton text={action.command} label={`Copy: ${action.label.toLowerCase()}`} isQuiet={false} />;
  const press = (): void => {
    if (confirm === undefined && words === undefined)
      return run(action, { ...(onDone === undefined ? {} : { onDone }) });
    askedPrecondition.current = action.precondition;
    setAsking(true);
  };
  const confirmed = (body: Record<string, string>): void => {
    const precondition = askedPrecondition.current ?? action.precondition;
    run(
      { ...action, ...(precondition === undefined ? {} : { precondition }), body: { ...action.body, ...body } },
      {
        onDone: (answer) => {
          setAsking(false);
          onDone?.(answer);
        },
        // Who presses again has been told, and decides on what is shown by then.
        onFailure: () => (askedPrecondition.current = undefined),
      },
    );
  };
  return (
    <>
      <Button variant={variant} icon={icon} isBusy={isBusy} onClick={press}>
        {action.label}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          {...props}
          isBusy={isBusy}
          errorDetails={errorDetails}
          onClose={() => setAsking(false)}
          onConfirm={confirmed}
        />
      ) : null}
    </>
  );
}

interface ConfirmDialogProps extends ActionButtonProps {
  isBusy: boolean;
  errorDetails: AdviceFacts | undefined;
  onClose: () => void;
  onConfirm: (body: Record<string, string>) => void;
}

function ConfirmDialog({
  action,
  variant,
  confirm,
  words,
  isBusy,
  errorDetails,
  onClose,
  onConfirm,
}: ConfirmDialogProps): ReactElement {
  const [text, setText] = useState("");
  const isMissing = words?.isRequired === true && text.trim() === "";
  return (
    <Dialog
      title={`${action.label}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button
            variant={variant === "danger" ? "danger" : "primary"}
            isBusy={isBusy}
            disabled={isMissing}
            onClick={() => onConfirm(words === undefined || text.trim() === "" ? {} : { [words.name]: text.trim() })}
          >
            {action.label}
          </Button>
        </>
      }
    >
      <div className="stack">
        {confirm === undefined ? null : <p>{confirm}</p>}
        {words === undefined ? null : (
          <Field label={words.label}>
            {(id) => (
              <textarea id={id} className="input" value={text} onChange={(event) => setText(event.target.value)} />
            )}
          </Field>
        )}
        <DialogProblem errorDetails={errorDetails} />
        <CommandSnippet command={action.command} />
      </div>
    </Dialog>
  );
}
