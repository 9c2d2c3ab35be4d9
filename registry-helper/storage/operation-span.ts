/** What a line says of the operation that it belongs to. */
interface OperationLine {
  seq: number;
  /** On the first line of an operation: how many lines it has. One that says nothing stands for itself. */
  span?: number;
}

/**
 * Watches, while a journal is folded, where operations begin and end. An operation is appended in one write, but a
 * machine that stops in the middle of it leaves its first lines, and a writer that lost its lock leaves all of them
 * behind somebody else's. Neither counts: an operation is done or not done.
 *
 * `State` is what the fold has to go back to when the last operation of the journal is not whole.
 */
export class OperationBounds<State> {
  private open: { start: number; last: number; before: State } | undefined;
  private lost: { start: number; left: number } | undefined;

  /** Whether a line lost its place to another writer, by itself or with the first line of its operation. */
  isVoid(line: OperationLine, start: number, seq: number): boolean {
    const { lost } = this;
    if (lost !== undefined && lost.left > 0 && line.span === undefined) {
      lost.left -= 1;
      return true;
    }
    this.lost = undefined;
    if (line.seq > seq) return false;
    this.lost = { start, left: (line.span ?? 1) - 1 };
    return true;
  }

  /** Before a line that counts is folded in. */
  enter(line: OperationLine, start: number, before: () => State): void {
    if (line.span !== undefined && line.span > 1)
      this.open = { start, last: line.seq + line.span - 1, before: before() };
  }

  /** Nothing more is known of the operation: a line was blanked by a repair, or is another tool's. */
  forget(): void {
    this.open = undefined;
    this.lost = undefined;
  }

  /** At the end of the journal: where an operation that is not whole begins, and what was before it. */
  torn(seq: number): { start: number; before: State | undefined } | undefined {
    if (this.open !== undefined && seq < this.open.last) return this.open;
    if (this.lost !== undefined && this.lost.left > 0) return { start: this.lost.start, before: undefined };
    return undefined;
  }
}

/** Tells, of the lines of a journal in their order, which of them count. For whoever shows lines and folds nothing. */
export class CountingLines {
  private readonly bounds = new OperationBounds<undefined>();
  private last: number;

  /** @param last the position behind which reading begins */
  constructor(last = 0) {
    this.last = last;
  }

  /** The position of an event; undefined for one that does not count. Another tool's has none and takes the next. */
  next(event: { [key: string]: unknown }): number | undefined {
    const { seq, span } = event;
    if (typeof seq !== "number") {
      this.bounds.forget();
      return (this.last += 1);
    }
    const line = { seq, ...(typeof span === "number" ? { span } : {}) };
    if (this.bounds.isVoid(line, 0, this.last)) return undefined;
    return (this.last = seq);
  }
}
