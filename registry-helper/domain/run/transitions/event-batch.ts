import type { RunDocument, RunNode, RunState } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import { formatMicros, type Micros } from "../../../model/time.ts";
import { evolveRun } from "../state/evolve.ts";
import { findNode } from "../state/find-node.ts";

/** Events decided so far, and the run as it stands after them. */
export class EventBatch {
  readonly drafts: RunEventDraft[] = [];
  readonly before: RunState;
  readonly now: Micros;
  /** Who does all this, when that is not the agent that drives the run. */
  readonly by: string | undefined;
  private document: RunDocument;

  constructor(document: RunDocument, context: { now: Micros; by?: string | undefined }) {
    this.document = document;
    this.before = document.state;
    this.now = context.now;
    this.by = context.by;
  }

  get state(): RunState {
    return this.document.state;
  }

  get run(): RunDocument {
    return this.document;
  }

  /** The node as it stands now. */
  node(nodeId: string): RunNode | undefined {
    return findNode(this.state.nodes, nodeId);
  }

  add(draft: RunEventDraft): void {
    const full = this.by === undefined || draft.by !== undefined ? draft : { ...draft, by: this.by };
    this.document = evolveRun(this.document, {
      ...full,
      payload: full.payload ?? {},
      runId: this.state.runId,
      timestamp: formatMicros(this.now),
      seq: 0,
    });
    this.drafts.push(full);
  }

  /** Time `ms` milliseconds from now, as the registry writes it. */
  at(ms: number): string {
    return formatMicros(this.now + ms * 1000);
  }
}
