import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { toast } from "../design/toast.tsx";
import { WayOut } from "../design/error-advice.tsx";
import type { JsonObject } from "./response-types.ts";
import { sessionQuery } from "./queries.ts";
import { type Refusal, refusalOf } from "./error-advice.ts";
import { post } from "./request.ts";
import { postAsSeen, type Seen } from "./preconditions.ts";

/** Something that can be done, as a request and as a command. */
export interface Action {
  label: string;
  path: string;
  body?: JsonObject;
  /** What the person decides on: when that has changed meanwhile, nothing is done. */
  seen?: Seen;
  /** The same on the command line, for whoever may not write here. */
  command: string;
  /** What is said when it is done. */
  done?: string;
}

/** Whether this page may change anything. */
export function useCanWrite(): boolean {
  const { data } = useQuery(sessionQuery);
  return data !== undefined && data.scope === "write" && !data.readOnly && data.mode !== "gateway-frame";
}

/** A dialog may go with what it was about, when that is not there any more. */
const DIALOG_GOES_MS = 150;

/** Says a refusal where no dialog does. */
function sayUnlessAsked({ text, ...way }: Refusal): void {
  const say = (): void => {
    if (document.querySelector("dialog[open]") === null) toast("bad", text, createElement(WayOut, way));
  };
  if (document.querySelector("dialog[open]") === null) say();
  else setTimeout(say, DIALOG_GOES_MS);
}

/** Does it, says what came of it, and looks again. */
export function useAction(): {
  run: (action: Action, then?: { onDone?: (answer: unknown) => void; onRefused?: () => void }) => void;
  isBusy: boolean;
  /** Why the last one was refused: a dialog says it itself, since it covers everything else. */
  refusal: Refusal | undefined;
} {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ path, body, seen }: Action) =>
      seen === undefined ? post<unknown>(path, body ?? {}) : postAsSeen(client, path, body ?? {}, seen),
    onError: (problem) => {
      sayUnlessAsked(refusalOf(problem));
      // What was refused is often not what is shown any more.
      void client.invalidateQueries();
    },
    onSuccess: (_answer, { done, label }) => {
      toast("good", done ?? `${label}: done`);
      void client.invalidateQueries();
    },
  });
  return {
    run: (action, { onDone, onRefused } = {}) =>
      mutate(action, {
        ...(onDone === undefined ? {} : { onSuccess: onDone }),
        ...(onRefused === undefined ? {} : { onError: onRefused }),
      }),
    isBusy: isPending,
    refusal: error === null ? undefined : refusalOf(error),
  };
}
