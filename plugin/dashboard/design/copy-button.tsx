import { type ReactElement, useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";
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
