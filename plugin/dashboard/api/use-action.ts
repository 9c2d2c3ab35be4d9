import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "../design/toast.tsx";
import type { JsonObject } from "./answers.ts";
import { Problem } from "./problem.ts";
import { sessionQuery } from "./queries.ts";
import { post } from "./request.ts";

/** Something that can be done, as a request and as a command. */
export interface Action {
  label: string;
  path: string;
  body?: JsonObject;
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

/** Does it, says what came of it, and looks again. */
export function useAction(): {
  run: (action: Action, onDone?: (answer: unknown) => void) => void;
  isBusy: boolean;
  /** Why the last one was refused: a dialog says it itself, since it covers everything else. */
  problem: string | undefined;
} {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: ({ path, body }: Action) => post<unknown>(path, body ?? {}),
    onError: (error) => toast("bad", error.message, error instanceof Problem ? error.next : undefined),
    onSuccess: (_answer, { done, label }) => {
      toast("good", done ?? `${label}: done`);
      void client.invalidateQueries();
    },
  });
  return {
    run: (action, onDone) => mutate(action, onDone === undefined ? {} : { onSuccess: onDone }),
    isBusy: isPending,
    problem: error === null ? undefined : error.message,
  };
}
