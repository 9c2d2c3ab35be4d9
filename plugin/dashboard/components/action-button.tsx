import { type ReactElement, useRef, useState } from "react";
import type { Refusal } from "../api/error-advice.ts";
import type { Seen } from "../api/preconditions.ts";
import { type Action, useAction, useCanWrite } from "../api/use-action.ts";
import { Button } from "../design/button.tsx";
import { CommandLine } from "../design/code-block.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { DialogProblem } from "../design/dialog-problem.tsx";
import { Field } from "../design/field.tsx";
import type { IconName } from "../design/icon.tsx";

export interface ActionButtonProps {
  action: Action;
  icon?: IconName;
  look?: "plain" | "primary" | "danger" | "quiet";
  /** What is lost, in words: then it is asked first. */
  confirm?: string;
  /** Asks for words that go along, under this name of the body. */
  words?: { name: string; label: string; isNeeded?: boolean };
  onDone?: (answer: unknown) => void;
}

/** A button that changes something. Where this page may not write, it copies the command that does the same. */
export function ActionButton(props: ActionButtonProps): ReactElement {
  const { action, icon, look = "plain", confirm, words, onDone } = props;
  const canWrite = useCanWrite();
  const { run, isBusy, refusal } = useAction();
  const [isAsking, setAsking] = useState(false);
  /** How it stood when the question was put; what changes behind it is not what was decided on. */
  const asked = useRef<Seen>(undefined);
  if (!canWrite)
    return <CopyButton text={action.command} label={`Copy: ${action.label.toLowerCase()}`} isQuiet={false} />;
  const press = (): void => {
    if (confirm === undefined && words === undefined)
      return run(action, { ...(onDone === undefined ? {} : { onDone }) });
    asked.current = action.seen;
    setAsking(true);
  };
  const confirmed = (body: Record<string, string>): void => {
    const seen = asked.current ?? action.seen;
    run(
      { ...action, ...(seen === undefined ? {} : { seen }), body: { ...action.body, ...body } },
      {
        onDone: (answer) => {
          setAsking(false);
          onDone?.(answer);
        },
        // Who presses again has been told, and decides on what is shown by then.
        onRefused: () => (asked.current = undefined),
      },
    );
  };
  return (
    <>
      <Button look={look} icon={icon} isBusy={isBusy} onClick={press}>
        {action.label}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          {...props}
          isBusy={isBusy}
          refusal={refusal}
          onClose={() => setAsking(false)}
          onConfirm={confirmed}
        />
      ) : null}
    </>
  );
}

function ConfirmDialog({
  action,
  look,
  confirm,
  words,
  isBusy,
  refusal,
  onClose,
  onConfirm,
}: ActionButtonProps & {
  isBusy: boolean;
  refusal: Refusal | undefined;
  onClose: () => void;
  onConfirm: (body: Record<string, string>) => void;
}): ReactElement {
  const [text, setText] = useState("");
  const isMissing = words?.isNeeded === true && text.trim() === "";
  return (
    <Dialog
      title={`${action.label}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button
            look={look === "danger" ? "danger" : "primary"}
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
        <DialogProblem refusal={refusal} />
        <CommandLine command={action.command} />
      </div>
    </Dialog>
  );
}
