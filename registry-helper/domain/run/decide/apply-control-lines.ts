import { isClawTaskError } from "../../../model/errors.ts";
import type { RunDocument } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import type { ControlLine } from "../commands.ts";
import { EventBatch } from "../transitions/event-batch.ts";
import { applyControl } from "./decide-control.ts";

/** Takes over lines of `control.jsonl` one after another; a bad one is rejected alone. */
export class ControlApplier {
  readonly drafts: RunEventDraft[] = [];
  private readonly now: Micros;
  private document: RunDocument;

  constructor(document: RunDocument, { now }: { now: Micros }) {
    this.document = document;
    this.now = now;
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
    const origin = line.control.isFromFile === true ? ({ via: "file" } as const) : {};
    this.drafts.push(...batch.drafts.map((draft) => ({ ...draft, ...origin })));
    this.document = batch.run;
  }

  /** What a line changes; nothing, and why, when it is not possible. */
  private tryLine(line: ControlLine): { batch: EventBatch; refusal?: { code: string; message: string } } {
    const untouched = new EventBatch(this.document, { now: this.now });
    if ("refusal" in line) return { batch: untouched, refusal: line.refusal };
    const batch = new EventBatch(this.document, { now: this.now, by: line.control.by });
    try {
      applyControl(batch, line);
      return { batch };
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      return { batch: untouched, refusal: { code: error.code, message: error.message } };
    }
  }
}
