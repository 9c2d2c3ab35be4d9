import { isClawTaskError } from "../../../model/errors.ts";
import type { RunDocument } from "../../../model/run-documents.ts";
import type { RunEventDraft } from "../../../model/run-events.ts";
import type { Micros } from "../../../model/time.ts";
import type { ControlLine } from "../commands.ts";
import { applyControl } from "./decide-control.ts";
import { Operation } from "../transitions/event-batch.ts";

/** Takes over lines of `control.jsonl` one after another; a bad one is rejected alone. */
export class ControlTaker {
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

  take(line: ControlLine): void {
    if (this.document.refs.appliedControlIds.includes(line.control.id)) return;
    const { operation, refusal } = this.tried(line);
    if (refusal !== undefined) operation.add({ event: "control.rejected", control: line.control, ...refusal });
    this.drafts.push(...operation.drafts);
    this.document = operation.run;
  }

  /** What a line changes; nothing, and why, when it is not possible. */
  private tried(line: ControlLine): { operation: Operation; refusal?: { code: string; message: string } } {
    const untouched = new Operation(this.document, { now: this.now });
    if ("refusal" in line) return { operation: untouched, refusal: line.refusal };
    const operation = new Operation(this.document, { now: this.now, by: line.control.by });
    try {
      applyControl(operation, line);
      return { operation };
    } catch (error) {
      if (!isClawTaskError(error)) throw error;
      return { operation: untouched, refusal: { code: error.code, message: error.message } };
    }
  }
}
