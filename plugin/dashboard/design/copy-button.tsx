import { type ReactElement, useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { toast } from "./toast.tsx";

const COPIED_MS = 1_500;

interface CopyButtonProps {
  text: string;
  label?: string;
  isQuiet?: boolean;
}

/** Copies a text; says so in its own place. */
export function CopyButton({ text, label = "Copy", isQuiet = true }: CopyButtonProps): ReactElement {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async (): Promise<void> => {
    if (await copyText(text)) setCopied(true);
    else toast("bad", "The browser does not let this page copy", text);
  };
  return (
    <Button
      variant={isQuiet ? "quiet" : "plain"}
      icon={isCopied ? "check" : "copy"}
      title={text}
      {...(isQuiet ? { "aria-label": isCopied ? "Copied" : label } : {})}
      onClick={() => void copy()}
    >
      {isQuiet ? undefined : isCopied ? "Copied" : label}
    </Button>
  );
}

/** Puts a text on the clipboard. A sandboxed frame has no clipboard API; the old way works there. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.className = "spoken";
  document.body.append(field);
  field.select();
  try {
    // There is no other way where the clipboard API is denied.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
