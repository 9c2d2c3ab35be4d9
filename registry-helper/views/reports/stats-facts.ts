import type { AttemptSpan } from "../index/node-attempts.ts";
import type { RunRow } from "../index/run-rows.ts";

/** What statistics look at of one run. */
export type RunFacts = Pick<RunRow, "runId" | "status" | "workflowVersion" | "createdAt" | "endedAt" | "forkedFrom">;
/** And of one attempt. */
export type AttemptFacts = Omit<AttemptSpan, "message"> & { runId: string };
