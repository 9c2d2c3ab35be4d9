import type { WorkNoteWriter, WorkSubject } from "../../worker/work-note.ts";

/**
 * Records that an earlier worker did not come back from: they are left alone until their file is another one, so that they
 * keep nobody else from being looked at. Notes what is worked on, so that the next such record is known by name.
 */
export class AsideRecords {
  private readonly note: WorkNoteWriter | undefined;
  private readonly setAside: Map<string, WorkSubject>;
  private readonly onTakenBack: (subject: WorkSubject) => void;
  private current: WorkSubject | undefined;

  constructor(
    options: {
      note?: WorkNoteWriter;
      setAside?: readonly WorkSubject[];
      onTakenBack?: (subject: WorkSubject) => void;
    } = {},
  ) {
    this.note = options.note;
    this.setAside = new Map((options.setAside ?? []).map((subject) => [nameOf(subject), subject]));
    this.onTakenBack = options.onTakenBack ?? (() => undefined);
  }

  /** Whether it is to be left alone in this state. */
  isAside(subject: WorkSubject): boolean {
    const known = this.setAside.get(nameOf(subject));
    return known !== undefined && known.stamp === subject.stamp;
  }

  /** Does a piece of work under its name. */
  during<Result>(subject: WorkSubject, work: () => Result): Result {
    const outer = this.current;
    this.setCurrent(subject);
    try {
      return work();
    } finally {
      this.setCurrent(outer);
      if (this.setAside.delete(nameOf(subject))) this.onTakenBack(subject);
    }
  }

  private setCurrent(subject: WorkSubject | undefined): void {
    this.current = subject;
    this.note?.noteSubject(subject);
  }
}

function nameOf({ kind, id }: WorkSubject): string {
  return `${kind} ${id}`;
}
