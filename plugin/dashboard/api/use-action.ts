import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { ErrorAdvice } from "../design/error-advice.tsx";
import { toast } from "../design/toast.tsx";
import { getCliCommand } from "./cli-equivalent.ts";
import { type AdviceFacts, toErrorDetails } from "./error-advice.ts";
import { postIfUnchanged, type Precondition } from "./preconditions.ts";
import { sessionQuery } from "./queries.ts";
import { post } from "./request.ts";
import type { JsonObject } from "./response-types.ts";

/** Something that can be done, as a request and as a command. */
export interface ActionRequest {
  label: string;
  path: string;
  body?: JsonObject;
  /** What the person decides on: when that has changed meanwhile, nothing is done. */
  precondition?: Precondition;
  /** The same on the command line, for whoever may not write here. */
  command: string;
  /** What is said when it is done. */
  done?: string;
}

/** What can be done to a run, a task or a flow, as a request; the command is that of the same name. */
export function toActionRequest(
  kind: "runs" | "tasks" | "flows",
  id: string,
  action: string,
  about: Omit<ActionRequest, "path" | "command"> & { command?: string },
): ActionRequest {
  const path = `api/${kind}/${encodeURIComponent(id)}/actions/${action}`;
  return { path, command: getCliCommand({ path, body: about.body }), ...about };
}

/** Whether this page may change anything. */
export function useCanWrite(): boolean {
  const { data } = useQuery(sessionQuery);
  return data !== undefined && data.scope === "write" && !data.readOnly && data.mode !== "gateway-frame";
}

/** A dialog may go with what it was about, when that is not there any more. */
const DIALOG_CLOSE_MS = 150;

/** Says a refusal where no dialog does. */
function toastUnlessDialogOpen({ text, ...advice }: AdviceFacts): void {
  const showToast = (): void => {
    if (document.querySelector("dialog[open]") === null) toast("bad", text, createElement(ErrorAdvice, advice));
  };
  if (document.querySelector("dialog[open]") === null) showToast();
  else setTimeout(showToast, DIALOG_CLOSE_MS);
}

/** Does it, says what came of it, and looks again. */
export function useAction(): {
  run: (action: ActionRequest, then?: { onDone?: (answer: unknown) => void; onFailure?: () => void }) => void;
  isBusy: boolean;
  /** Why the last one was refused: a dialog says it itself, since it covers everything else. */
  errorDetails: AdviceFacts | undefined;
} {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ path, body, precondition }: ActionRequest) =>
      precondition === undefined
        ? post<unknown>(path, body ?? {})
        : postIfUnchanged(client, path, body ?? {}, precondition),
    onError: (problem) => {
      toastUnlessDialogOpen(toErrorDetails(problem));
      // What was refused is often not what is shown any more.
      void client.invalidateQueries();
    },
    onSuccess: (_answer, { done, label }) => {
      toast("good", done ?? `${label}: done`);
      void client.invalidateQueries();
    },
  });
  return {
    run: (action, { onDone, onFailure } = {}) =>
      mutate(action, {
        ...(onDone === undefined ? {} : { onSuccess: onDone }),
        ...(onFailure === undefined ? {} : { onError: onFailure }),
      }),
    isBusy: isPending,
    errorDetails: error === null ? undefined : toErrorDetails(error),
  };
}
