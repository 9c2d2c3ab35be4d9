/** What the control plane answers, as far as the dashboard reads it. Types only: nothing of the registry is loaded. */
import type {
  AttentionItem,
  BriefTask,
  Capabilities,
  Change,
  FlowRecord,
  FlowView,
  Json,
  JsonObject,
  NodeKind,
  RunRow,
  RunState,
  TaskContext,
  TaskRow,
  TaskStatusView,
  VersionStats,
  WorkItem,
} from "../../../registry-helper/internal.ts";
import type { RecorderCall } from "../../control-plane/handlers/open-question.ts";
import type { OverviewDocument } from "../../control-plane/handlers/overview.ts";
import type { RecorderStatus } from "../../control-plane/handlers/recorder-status.ts";

export type * from "../../../registry-helper/internal.ts";
export type { RecorderCall };

export interface Session {
  version: string;
  registryRoot: string;
  mode: "standalone" | "gateway" | "gateway-frame";
  scope: "read" | "write";
  readOnly: boolean;
  startedAt: string;
  host?: { version: string | null; connected: boolean } | null;
}

export type { OverviewDocument as Overview };

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

export type WorkListItem = WorkItem;
/** Everything under way, as `clawtask status` lists it. */
export interface StatusList {
  items: WorkListItem[];
  total: number;
  needAttention: number;
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

export interface RunListPage {
  runs: RunRow[];
  next: string | null;
}
export interface RunDetail {
  state: RunState;
  seq: number;
  attention: AttentionListItem[];
  questions: RecorderCall[];
  remarks: { nodeId: string; kind: "answered" | "unanswered" | "reported" | "unverified"; text: string }[];
  tasks: TaskRow[];
  flow: string | null;
  artifacts: { nodeId: string; path: string; size: number | null; exists: boolean }[];
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
}
export interface RunDocumentText {
  path: string;
  label: string;
  format: "markdown" | "json" | "text";
  content: string;
  truncated: boolean;
}

export interface FlowListPage {
  flows: FlowRecord[];
  next: string | null;
}
export interface FlowResponse {
  flow: FlowRecord;
  view: FlowView;
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

export interface Health {
  ok: boolean;
  checks: { name: string; ok: boolean; level?: string; message: string; next?: string | null }[];
  recorder: RecorderStatus | null;
  index?: JsonObject;
  capabilities: Record<string, Capabilities>;
}

export type ServerMessage =
  | { type: "snapshot"; cursor: string; overview: OverviewDocument }
  | { type: "resumed"; cursor: string }
  | { type: "changes"; cursor: string; changes: Change[] }
  | { type: "heartbeat"; cursor: string }
  | { type: "dropped"; code: string; message: string };
