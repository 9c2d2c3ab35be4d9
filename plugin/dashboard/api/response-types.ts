/** What the control plane answers, as far as the dashboard reads it. Types only: nothing of the registry is loaded. */
import type { FlowView } from "../../../registry-helper/domain/flow/view.ts";
import type { NextStep } from "../../../registry-helper/domain/run/next/next-step.ts";
import type { AttentionItem } from "../../../registry-helper/domain/task/attention.ts";
import type { Finding } from "../../../registry-helper/domain/task/audit-findings.ts";
import type { Capabilities } from "../../../registry-helper/domain/task/capabilities.ts";
import type { TaskStatusView } from "../../../registry-helper/domain/task/status.ts";
import type { DeliveryRecord } from "../../../registry-helper/model/delivery-record.ts";
import type { FlowRecord } from "../../../registry-helper/model/flow-record.ts";
import type { Json, JsonObject } from "../../../registry-helper/model/json.ts";
import type { NodeKind, RunNode, RunState } from "../../../registry-helper/model/run-documents.ts";
import type { RunEvent } from "../../../registry-helper/model/run-events.ts";
import type { TaskEvent } from "../../../registry-helper/model/task-events.ts";
import type { BriefTask } from "../../../registry-helper/operations/tasks/show.ts";
import type { TaskContext } from "../../../registry-helper/operations/tasks/task-context.ts";
import type { Change } from "../../../registry-helper/views/changes/describe-change.ts";
import type { RunRow } from "../../../registry-helper/views/index/run-rows.ts";
import type { TaskRow } from "../../../registry-helper/views/queries/task-queries.ts";
import type {
  RunComparison,
  NodeComparison,
  NodeSide,
  RunSide,
} from "../../../registry-helper/views/reports/compare-runs.ts";
import type { VersionStats } from "../../../registry-helper/views/reports/run-stats.ts";
import type { Timeline, TimelineSpan } from "../../../registry-helper/views/reports/timeline.ts";
import type { RecorderCall } from "../../control-plane/handlers/open-question.ts";

export type {
  AttentionItem,
  BriefTask,
  Capabilities,
  Change,
  DeliveryRecord,
  Finding,
  FlowRecord,
  FlowView,
  Json,
  JsonObject,
  NextStep,
  NodeComparison,
  NodeSide,
  RecorderCall,
  RunComparison,
  RunEvent,
  RunNode,
  RunRow,
  RunSide,
  RunState,
  TaskContext,
  TaskEvent,
  Timeline,
  TimelineSpan,
  VersionStats,
};

export interface Session {
  version: string;
  registryRoot: string;
  mode: "standalone" | "gateway" | "gateway-frame";
  scope: "read" | "write";
  readOnly: boolean;
  actor: string;
  startedAt: string;
  host?: { version: string | null; connected: boolean } | null;
}

export interface Overview {
  attention: { total: number; byKind: Record<string, number> };
  tasks: { byStatus: Record<string, number>; running: number; queued: number; endedToday: number };
  runs: { byStatus: Record<string, number> };
  flows: { byStatus: Record<string, number> };
  deliveries: { open: number; failed: number; ambiguous: number };
}

/** One thing that can be done about an attention item, as a request. */
export interface SuggestedAction {
  label: string;
  method: string;
  path: string;
  body?: JsonObject;
  destructive?: boolean;
}
export interface AttentionListItem extends AttentionItem {
  question?: RecorderCall;
  action?: SuggestedAction;
  actions?: SuggestedAction[];
}
export interface AttentionList {
  items: AttentionListItem[];
  total: number;
}

export type TaskListItem = TaskRow & { view: TaskStatusView };
export interface TaskListPage {
  tasks: TaskListItem[];
  next: string | null;
}
export interface TaskResponse {
  task: TaskListItem & { capabilities: Capabilities };
  revision: number;
  parent: BriefTask | null;
  children: BriefTask[];
  childCount: number;
  context?: TaskContext;
}
export interface TaskEvents {
  events: TaskEvent[];
}

export interface RunListPage {
  runs: RunRow[];
  next: string | null;
}
export interface RunArtifact {
  nodeId: string;
  path: string;
  size: number | null;
  exists: boolean;
  sha256?: string | null;
}
export interface RunDetail {
  state: RunState;
  seq: number;
  steps: NextStep[];
  attention: AttentionListItem[];
  questions: RecorderCall[];
  tasks: TaskRow[];
  flow: string | null;
  artifacts: RunArtifact[];
  workflow: { id: string; version: string | null; currentVersion: string | null };
}
export interface GraphNode {
  id: string;
  title: string;
  kind: NodeKind;
  status?: string;
}
export interface Graph {
  nodes: GraphNode[];
  edges: { from: string; to: string }[];
}
export interface RunGraph {
  /** Null when the run's copy of its workflow cannot be read. */
  written: Graph | null;
  run: Graph;
}
export interface PastRun {
  seq: number;
  state: RunState;
  lastSeq: number;
}
export interface JournalPage {
  events: RunEvent[];
  next: number | string | null;
  lastSeq: number;
}
export interface RunDocumentText {
  path: string;
  label: string;
  format: "markdown" | "json" | "text";
  content: string;
  truncated: boolean;
  category?: string;
}

export interface FlowListPage {
  flows: FlowRecord[];
  next: string | null;
  unreadable?: { flowId: string; problem: string | null }[];
}
export interface FlowResponse {
  flow: FlowRecord;
  view: FlowView;
  outputs: string[];
  tasks: { taskId: string; status: string | null; phase: string | null; runtime: string | null; what: string | null }[];
}

export interface WorkflowRow {
  path: string | null;
  workflowId: string | null;
  title: string | null;
  version: string | null;
  nodes: number;
  runs: number;
  problem: { code: string; message: string } | null;
}
export interface WorkflowList {
  workflows: WorkflowRow[];
}
export interface WorkflowResponse {
  workflowId: string;
  path: string | null;
  version: string | null;
  definition: {
    title: string;
    params?: Record<string, { type: string; description?: string; default?: Json; enum?: Json[] }>;
    nodes: { id: string; title: string; kind: NodeKind; needs?: string[] }[];
  } | null;
  versions: VersionStats[];
  runs: RunRow[];
}

export interface HealthCheck {
  name: string;
  ok: boolean;
  level?: string;
  message: string;
  next?: string | null;
}
export interface Health {
  ok: boolean;
  checks: HealthCheck[];
  recorder: {
    connection: { connected: boolean; why?: string };
    version: string;
    hostVersion: string | null;
    sends: boolean;
    backlog: number;
    openDeliveries: number;
    updatedAt: string;
    stale: boolean;
  } | null;
  index?: JsonObject;
  capabilities: Record<string, Capabilities>;
}
export interface Audit {
  findings: Finding[];
  counts?: Record<string, number>;
  total?: number;
}

export type ServerMessage =
  | {
      type: "snapshot";
      cursor: string;
      reset: boolean;
      overview: Overview;
      attention: AttentionList;
    }
  | { type: "resumed"; cursor: string }
  | { type: "changes"; cursor: string; changes: Change[] }
  | { type: "heartbeat"; cursor: string; at: string }
  | { type: "dropped"; code: string; message: string };
