import type { NextCheck } from "../../domain/run/next/next-check.ts";
import type { NextStep } from "../../domain/run/next/next-steps.ts";
import { countStatuses, type RunStatus } from "../../model/run-documents.ts";
import type { RunSteps } from "./next-steps.ts";

/** What can be done now in a run, as JSON. */
export interface StepsDocument {
  runId: string;
  runStatus: RunStatus;
  /** Folder of the run, absolute. */
  runPath: string;
  done: number;
  failed: number;
  total: number;
  blockedBy?: string[];
  steps: NextStep[];
  wake?: NextCheck;
}

export function toStepsDocument({ run, steps, folder, wake }: RunSteps): StepsDocument {
  const { state } = run;
  const counts = countStatuses(state.nodes);
  return {
    runId: state.runId,
    runStatus: state.status,
    runPath: folder,
    done: counts.completed + counts.skipped,
    failed: counts.failed,
    total: state.nodes.length,
    ...(state.blockedBy === undefined ? {} : { blockedBy: state.blockedBy }),
    steps,
    ...(wake === undefined ? {} : { wake }),
  };
}
