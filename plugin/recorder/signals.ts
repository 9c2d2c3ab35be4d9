import type { TaskEnding, TaskFacts } from "../../registry-helper/index.ts";

/** What one event of the host says about detached work, before it is known which task that is. */
export interface ObservedSignal {
  /** The host event that told it. */
  source: string;
  /** The host's names for the work: `run:<runId>`, `session:<childSessionKey>`, `call:<toolCallId>`. */
  names: string[];
  facts: TaskFacts;
  started?: boolean;
  ending?: TaskEnding;
  /** False for signals that also come for ordinary turns: they never make a task. */
  mayCreate: boolean;
}

export const runName = (runId: string): string => `run:${runId}`;
export const sessionName = (sessionKey: string): string => `session:${sessionKey}`;
export const callName = (toolCallId: string): string => `call:${toolCallId}`;
