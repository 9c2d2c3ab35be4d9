import { openRegistry, type Registry } from "../../../registry-helper/internal.ts";

/** A registry whose clock can be set back, so that what is written looks as if it had happened then. */
export class SeededClock {
  readonly registry: Registry;
  private readonly startMs = Date.now();
  private agoMs = 0;
  private ticks = 0;

  constructor(root: string) {
    this.registry = openRegistry({ root, now: () => this.micros() });
  }

  /** Sets the clock so long before now. */
  at(agoMs: number): void {
    this.agoMs = agoMs;
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.agoMs = Math.max(0, this.agoMs - ms);
  }

  private micros(): number {
    this.ticks += 1;
    return Math.round(this.startMs - this.agoMs) * 1000 + (this.ticks % 1000);
  }
}
