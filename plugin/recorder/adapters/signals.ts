import type { HostDelivery, HostRow, TaskEnding, TaskFacts, TaskStep } from "../../../registry-helper/internal.ts";

/** What one event of the host says about detached work, before it is known which task that is. */
export interface ObservedSignal {
  /** The host event that told it. */
  source: string;
  /** The host's names for the work; `session:` names may be used again for other work, all others are unique. */
  names: string[];
  facts: TaskFacts;
  started?: boolean;
  step?: TaskStep;
  host?: HostRow;
  isBacked?: boolean;
  ending?: TaskEnding;
  /** False for signals that also come for ordinary turns: they never make a task. */
  mayCreate: boolean;
  /** True for a step of work: of no use once its task is not known. */
  isFleeting?: boolean;
  /**
   * True for a turn that the host began by itself to go on with what a restart interrupted: a further attempt
   * of the work in that session, and no task of its own when there is none.
   */
  isRecovery?: boolean;
  /**
   * What the host did with the result of work that ended before anybody here heard of it. Its word counts then:
   * telling the results of last week to everybody on the first day would be worse.
   */
  settledBefore?: HostDelivery;
  /** When it was accepted, in epoch ms: tells one use of a recurring name from the next. */
  acceptedAt?: number;
  /** When it was heard, in epoch ms: it may be recorded much later, when the disk or the lock has to be waited for. */
  receivedAt?: number;
}

export const runName = (runId: string): string => `run:${runId}`;
export const sessionName = (sessionKey: string): string => `session:${sessionKey}`;
export const callName = (toolCallId: string): string => `call:${toolCallId}`;
export const hostName = (hostTaskId: string): string => `host:${hostTaskId}`;
export const cronName = (jobId: string, runAtMs: number): string => `cron:${jobId}:${runAtMs}`;
export const processName = (processId: string): string => `exec:${processId}`;
