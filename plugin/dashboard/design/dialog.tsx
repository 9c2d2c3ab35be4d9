import { type ReactElement, type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./button.tsx";
import { focusFallback, listFocusTargets } from "./focus-fallback.ts";
import "./dialog.css";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
}

/**
 * A question above the page. The browser's own modal dialog keeps the focus in and closes on Escape; nothing behind it can
 * be reached meanwhile. The focus goes back to what opened it, or where that is gone, to the place that it was in.
 */
export function Dialog({ title, onClose, children, footer }: DialogProps): ReactElement {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    const targets = listFocusTargets(dialog);
    if (dialog?.open === false) dialog.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
      if (document.activeElement === document.body) focusFallback(targets);
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="dialog-sheet">
        <header className="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button variant="quiet" icon="cross" aria-label="Close" onClick={onClose} />
        </header>
        <div className="dialog-body">{children}</div>
        {footer === undefined ? null : <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
