import { useQuery } from "@tanstack/react-query";
import { attentionQuery } from "../api/queries.ts";
import type { AttentionList, RunRow } from "../api/response-types.ts";

/** Runs that go on and wait for a person's answer: the row of a run says only that it goes on. */
function getAskingRuns({ items }: AttentionList): ReadonlySet<string> {
  return new Set(items.filter(({ kind }) => kind === "waiting_approval").map(({ subject }) => subject.id));
}

/** What a run is to the one who looks at a list: held up, waiting for an answer, or what its row says. */
export function useDisplayStatus(): (run: RunRow) => string {
  const asking = useQuery({ ...attentionQuery, select: getAskingRuns }).data;
  return ({ runId, status, problem }) => {
    if (problem !== null && status !== "unreadable") return "blocked";
    return status === "running" && asking?.has(runId) === true ? "waiting_approval" : status;
  };
}
