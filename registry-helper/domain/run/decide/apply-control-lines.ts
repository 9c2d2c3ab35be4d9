import { isClawTaskError } from "../../../model/errors.ts";
import type { RunDocument } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import type { ControlLine } from "../commands.ts";
import type { GateContext } from "../gate-guard.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { tryControl } from "./decide-control.ts";

const FILE = { via: "file" } as const;

/** Takes over lines of `control.jsonl` one after another; a bad one is rejected alone. */
export class ControlApplier {
  readonly drafts: RunEventDraft[] = [];
  private readonly now: Micros;
  private readonly gates: GateContext;
  private document: RunDocument;

  constructor(document: RunDocument, { now, origin, approvals }: { now: Micros } & GateContext) {
    this.document = document;
    this.now = now;
    this.gates = { origin, approvals };
  }

  /** The run as the lines so far leave it. */
  get run(): RunDocument {
    return this.document;
  }

  apply(line: ControlLine): void {
    if (this.document.refs.appliedControlIds.includes(line.control.id)) return;
    const { batch, refusal } = this.tryLine(line);
    if (refusal !== undefined) batch.add({ event: "control.rejected", control: line.control, ...refusal });
    // Anybody who can write into the folder of the run may have written the line, whatever name it has.
    const origin = line.control.isFromFile === true ? FILE : {};
    this.drafts.push(...batch.drafts.map((draft) => ({ ...draft, ...origin })));
    this.document = batch.run;
  }

  /** What a line changes; nothing, and why, when it is not possible. */
  private tryLine(line: ControlLine): { batch: EventBatch; refusal?: { code: string; message: string } } {
    const untouched = new EventBatch(this.document, { now: this.now });
    if ("refusal" in line) return { batch: untouched, refusal: line.refusal };
    const batch = new EventBatch(this.document, { now: this.now, by: line.control.by });
    try {
      const origin = line.control.isFromFile === true ? FILE : this.gates.origin;
      tryControl(batch, line, { ...this.gates, origin });
      return { batch };
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      return { batch: untouched, refusal: { code: error.code, message: error.message } };
    }
  }
}
