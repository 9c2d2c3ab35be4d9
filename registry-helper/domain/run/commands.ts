import type { DeliveryTarget } from "../../model/delivery-record.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Evidence, RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RecordedControl } from "../../model/run-events.ts";
import type { TaskStatus, TokenUsage } from "../../model/task-record.ts";
import type { DeliveryReport } from "../delivery/decide.ts";
import type { Redirect } from "../delivery/redirect.ts";
import type { ControlAction } from "./control-actions.ts";
import type { TargetStatus } from "./state/node-transitions.ts";

export const BIND_KINDS = ["cron", "node-session", "child-session", "node-run", "driver-run", "route"] as const;
export type BindKind = (typeof BIND_KINDS)[number];

export interface BindCommand {
  type: "bind";
  kind: BindKind;
  nodeId?: string | undefined;
  value?: string | undefined;
  message?: string | undefined;
  payload: Json;
  /** Who binds it. */
  by?: string | undefined;
}

/** Records the children that were started for nodes of a run: all of them, or none. */
export interface BindChildrenCommand {
  type: "bind_children";
  children: readonly { nodeId: string; childSessionKey: string }[];
}

export interface TransitionCommand {
  type: "transition";
  nodeId: string;
  to: TargetStatus;
  message?: string | undefined;
  payload: Json;
  /** The claim under which this is done; a claim that was taken over is refused. */
  token?: number | undefined;
  /** Declared files of the node that are not there; looked up before the decision. */
  missingArtifacts?: string[] | undefined;
  /** Those of them that an earlier attempt left there. */
  staleArtifacts?: string[] | undefined;
  /** Declared files that are there. */
  evidence?: Evidence[] | undefined;
  /** What `result.json` says. */
  output?: JsonObject | undefined;
}

export interface ProgressCommand {
  type: "progress";
  message: string;
  payload: Json;
}

/** Takes nodes that can be done now, so that nobody else begins them too. */
export interface ClaimCommand {
  type: "claim";
  /** None: everything that is ready. */
  nodeIds?: readonly string[] | undefined;
  by: string;
  /** How long the claim stands without a child that works under it. */
  leaseMs: number;
  /** Extends the claim under this token instead of taking a new one. */
  token?: number | undefined;
  /** Most nodes to take at once. */
  limit?: number | undefined;
  /** Most pieces of work that may be under way at once, those that are under way already included. */
  capacity?: number | undefined;
  /** From which the numbers of claims follow: without it they are positions in the journal, which anybody can guess. */
  secret?: string | undefined;
  /** What to ask, by node; looked up in the workflow's copy. */
  questions?: Readonly<Record<string, string>> | undefined;
}

/** An explicit intent, with what was looked up for it before the decision. */
export interface ControlCommand {
  type: "control";
  control: Omit<RecordedControl, "action"> & { action: ControlAction };
  /** On `add_node`: the node, planned from its definition. */
  node?: RunNode;
  /** On `approve` and `reject`: what the answer's schema says against the data. */
  answerProblem?: string;
  /** On `approve` and `reject`: the files of the work that is answered for, as they are now. */
  shown?: readonly Evidence[];
}

/** A line of `control.jsonl`: a control, or why it is none. */
export type ControlLine = ControlCommand | { control: RecordedControl; refusal: { code: string; message: string } };

/** What the child of a node left behind. */
export interface SettledFiles {
  evidence: Evidence[];
  missing: string[];
  /** Of those that are missing: files of an earlier attempt. */
  stale?: string[];
  /** What `result.json` says. */
  output?: JsonObject | undefined;
  /** Why `result.json` is not what the workflow asks for. */
  problem?: string | undefined;
}

/** Brings a run up to the present: controls that others wrote down, times that have passed, waits that are over. */
export interface TickCommand {
  type: "tick";
  controls?: { lines: readonly ControlLine[]; bytes: number } | undefined;
  /** Of the files that waits look for: those that are there. */
  existing?: readonly string[] | undefined;
  /** Of the tasks that waits look for: how those that have ended did. */
  endedTasks?: Readonly<Record<string, TaskStatus>> | undefined;
  /** Files of nodes whose child has ended and was not reported: what is there and what is not. */
  files?: Readonly<Record<string, SettledFiles>> | undefined;
}

/** What the host was seen to do for a node. */
export interface ObserveCommand {
  type: "observe";
  nodeId: string;
  childSessionKey?: string | undefined;
  hostRunId?: string | undefined;
  taskId?: string | undefined;
  /** Set when it has ended. */
  ended?: { status: TaskStatus; summary?: string | undefined } | undefined;
  usage?: TokenUsage | undefined;
}

/** Everything that can be asked of one run. */
export type RunCommand =
  | { type: "create"; snapshot: RunDocument; workflowPath: string }
  | { type: "adopt"; found: RunDocument; reason: string }
  | BindCommand
  | BindChildrenCommand
  | { type: "unbind"; kind: BindKind; nodeId?: string | undefined; message?: string | undefined }
  | TransitionCommand
  | ProgressCommand
  | ClaimCommand
  | ControlCommand
  | TickCommand
  | ObserveCommand
  /** `result.json` of a node has been written. */
  | {
      type: "record_result";
      nodeId: string;
      token?: number | undefined;
      file: Evidence;
      output?: JsonObject | undefined;
    }
  /** An event that waits of this run may be waiting for. */
  | { type: "emit"; name: string; payload: Json; by: string }
  | { type: "answer_cron_patch"; outcome: "applied" | "refused"; reason?: string | undefined }
  /** An agent has told the requester of the outcome; `isWatched`: a gateway plugin finds that out for itself. */
  | { type: "report_told"; by: string; message?: string | undefined; isWatched: boolean }
  | { type: "archive" | "unarchive"; by: string }
  | {
      type: "report_delivery";
      report: DeliveryReport;
      of?: DeliveryTarget | undefined;
      generation?: number | undefined;
    }
  /** Tells the outcome once more: a new generation. */
  | { type: "retry_delivery"; redirect?: Redirect | undefined }
  /** Nobody wants to be told the outcome (any more). */
  | { type: "dismiss"; reason: string };
