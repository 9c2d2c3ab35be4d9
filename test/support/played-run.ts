import { runAggregate } from "../../registry-helper/domain/run/aggregate.ts";
import type {
  BindCommand,
  ClaimCommand,
  ControlCommand,
  RunCommand,
  TickCommand,
  TransitionCommand,
} from "../../registry-helper/domain/run/commands.ts";
import type { ControlAction } from "../../registry-helper/domain/run/control-actions.ts";
import { planRun } from "../../registry-helper/domain/run/decide/plan-run.ts";
import type { Json, JsonObject } from "../../registry-helper/model/json.ts";
import type { RunDocument, RunNode } from "../../registry-helper/model/run-documents.ts";
import type { RunEvent } from "../../registry-helper/model/run-events.ts";
import { formatMicros, type Micros, parseMicros } from "../../registry-helper/model/time.ts";
import type { WorkflowDefinition } from "../../registry-helper/model/workflow-definition.ts";
import type { NodeSketch } from "./workflow-text.ts";

/** 2026-11-20T12:00:00Z, where the clock of a played run starts. */
export const NOON: Micros = parseMicros("2026-11-20T12:00:00Z") ?? 0;
const TICK: Micros = 1_000_000;

/** A definition from a sketch, for tests below the parser. */
export function toDefinition(nodes: readonly NodeSketch[]): WorkflowDefinition {
  return {
    workflowId: "flow",
    title: "A workflow",
    nodes: nodes.map(({ id, kind = "session_turn", needs = [], mode = "notify", artifactPaths, waitFor, more }) => ({
      id,
      title: `Node ${id}`,
      kind,
      needs: [...needs],
      outputs: { mode },
      ...(waitFor === undefined ? {} : { waitFor }),
      ...(artifactPaths === undefined ? {} : { artifactPaths: [...artifactPaths] }),
      ...more,
    })),
  };
}

/** A run in memory: decides and folds as `commit` does, with a clock that ticks a second per command. */
export class PlayedRun {
  document: RunDocument;
  readonly events: RunEvent[] = [];
  now: Micros = NOON;

  private controls = 0;

  constructor(nodes: readonly NodeSketch[], options: { deliveryContext?: Json; params?: JsonObject } = {}) {
    const request = {
      runId: "demo",
      sourceSessionKey: "agent:main:main",
      deliveryContext: options.deliveryContext ?? null,
      params: options.params,
    };
    const snapshot = planRun(toDefinition(nodes), request, formatMicros(this.now));
    const created = this.commit(undefined, { type: "create", snapshot, workflowPath: "workflows/flow.task.md" });
    this.document = created.document;
  }

  private commit(before: RunDocument | undefined, command: RunCommand): { document: RunDocument; events: RunEvent[] } {
    const drafts = runAggregate.decide(before, command, { now: this.now });
    let document = before;
    const events: RunEvent[] = [];
    for (const draft of drafts) {
      const event = runAggregate.stamp(draft, { state: document, seq: this.events.length + 1, now: this.now });
      document = runAggregate.evolve(document, event);
      this.events.push(event);
      events.push(event);
    }
    if (document === undefined) throw new Error("a command without a run");
    return { document, events };
  }

  /** Runs a command; returns the names of its events with their nodes. */
  do(command: RunCommand): string[] {
    this.now += TICK;
    const { document, events } = this.commit(this.document, command);
    this.document = document;
    return events.map((event) => (event.nodeId === undefined ? event.event : `${event.event} ${event.nodeId}`));
  }

  to(nodeId: string, to: TransitionCommand["to"], more: Partial<TransitionCommand> = {}): string[] {
    return this.do({ type: "transition", nodeId, to, payload: {}, ...more });
  }

  bind(kind: BindCommand["kind"], nodeId: string | undefined, value: string): string[] {
    return this.do({ type: "bind", kind, nodeId, value, payload: {} });
  }

  /** Records a control by ana, and applies it. */
  control(action: ControlAction, nodeId?: string, more: Partial<ControlCommand["control"]> = {}): string[] {
    this.controls += 1;
    const control = {
      id: `c${this.controls}`,
      action,
      by: "ana",
      ...(nodeId === undefined ? {} : { nodeId }),
      ...more,
    };
    return this.do({ type: "control", control });
  }

  claim(nodeIds?: readonly string[], more: Partial<ClaimCommand> = {}): string[] {
    return this.do({ type: "claim", nodeIds, by: "agent", leaseMs: 60_000, ...more });
  }

  tick(more: Partial<TickCommand> = {}): string[] {
    return this.do({ type: "tick", ...more });
  }

  /** Lets time pass, in milliseconds. */
  wait(ms: number): void {
    this.now += ms * 1000;
  }

  /** Brings a node from ready to completed. */
  complete(...nodeIds: string[]): void {
    for (const nodeId of nodeIds) {
      this.to(nodeId, "running");
      this.to(nodeId, "completed");
    }
  }

  node(nodeId: string): RunNode {
    const node = this.document.state.nodes.find((candidate) => candidate.id === nodeId);
    if (node === undefined) throw new Error(`no node ${nodeId}`);
    return node;
  }

  get status(): string {
    return this.document.state.status;
  }
}
