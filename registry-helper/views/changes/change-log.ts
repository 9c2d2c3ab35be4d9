import type { Registry } from "../../registry/registry.ts";
import { discardIfTorn, isSqliteError } from "../index/index-database.ts";
import { type ChangeDatabase, changeLogPath, openChangeDatabase } from "./change-database.ts";
import { ChangeRows } from "./change-rows.ts";
import { differs, collectChanges, workflowCheckpoint } from "./collect-changes.ts";
import type { Change } from "./describe-change.ts";
import { type JournalFile, journalFiles } from "./list-journals.ts";
import { checkpointAtEnd, UNREAD_CHECKPOINT } from "./read-new-events.ts";

export type { Change } from "./describe-change.ts";

/** Some changes in their order. */
export interface ChangePage {
  changes: Change[];
  /** Of the last of them; the one that was asked from when there are none. */
  cursor: string;
  /** There are more behind the last one. */
  more: boolean;
}

/** The changes of a registry, for whoever follows them. */
export interface ChangeReader {
  /** Behind the newest change that was found so far. */
  readonly cursor: string;
  /**
   * The changes behind a cursor, oldest first. Without a cursor: from the oldest that is kept.
   *
   * @param until a cursor behind which nothing is told
   * @returns undefined when the cursor is of another epoch, was never handed out, or is older than what is kept: begin
   * anew with what lists say, from `cursor` on
   */
  read(after: string | undefined, limit: number, until?: string): ChangePage | undefined;
}

export interface ChangeLogOptions {
  /** Changes that are kept. */
  retained?: number;
  /** Lines that are looked at in one transaction. */
  maxLines?: number;
  /** Bytes of journals, the latest first, that a new log tells; older ones are taken as known. */
  maxInitialBytes?: number;
}

const MAX_RETAINED_CHANGES = 100_000;
/** A long journal must not keep others from the log for seconds. */
const MAX_LINES_PER_READ = 20_000;
/** A registry may hold gigabytes: whoever wants the history of a run or task reads its journal. */
const MAX_INITIAL_BYTES = 16 * 1024 * 1024;

/**
 * What happens in a registry, as one numbered list: each event of each journal once, in the order in which it was found.
 * Several processes may keep it at the same time; they agree, since one looks at a time. A projection in a file of its
 * own, `changes.sqlite`: when it is deleted or torn, the next one has another epoch.
 *
 * Not told: what a rewritten ledger day says of old (see `readChanges`), and that a line of it was mended.
 */
export class ChangeLog implements ChangeReader {
  private readonly registry: Registry;
  private readonly options: Required<ChangeLogOptions>;
  private opened: ChangeDatabase | undefined;
  private rows: ChangeRows | undefined;

  constructor(registry: Registry, options: ChangeLogOptions = {}) {
    this.registry = registry;
    this.options = {
      retained: MAX_RETAINED_CHANGES,
      maxLines: MAX_LINES_PER_READ,
      maxInitialBytes: MAX_INITIAL_BYTES,
      ...options,
    };
  }

  get cursor(): string {
    return this.use(() => this.cursorAt(this.changeRows().last()));
  }

  /** Names the log that is in force. */
  get epoch(): string {
    return this.use((database) => database.epoch);
  }

  read(after: string | undefined, limit: number, until?: string): ChangePage | undefined {
    return this.use(() => {
      const rows = this.changeRows();
      const from = after === undefined ? rows.first() - 1 : this.parseCursor(after, rows);
      const end = until === undefined ? rows.last() : this.parseCursor(until, rows);
      if (from === undefined || end === undefined) return undefined;
      const found = rows.between(from, Math.max(from, end), limit + 1);
      const changes = found.slice(0, limit).map(({ number, draft }) => ({ cursor: this.cursorAt(number), ...draft }));
      return { changes, cursor: changes.at(-1)?.cursor ?? this.cursorAt(from), more: found.length > limit };
    });
  }

  /** Takes in what the journals have more than the log. Returns whether there is more: look again. */
  poll(): boolean {
    return this.use(() => {
      const rows = this.changeRows();
      const files = journalFiles(this.registry);
      return (!rows.isInitialized() || differs(files, rows.checkpoints())) && this.take(files, rows);
    });
  }

  close(): void {
    try {
      this.opened?.database.close();
    } catch {
      // It was broken; what matters is that the next use opens another.
    }
    this.opened = undefined;
    this.rows = undefined;
  }

  private take(files: readonly JournalFile[], rows: ChangeRows): boolean {
    const { database } = rows;
    database.exec("BEGIN IMMEDIATE");
    try {
      const checkpoints = rows.checkpoints();
      if (!rows.isInitialized()) this.initializeLog(files, rows);
      const { newChanges, more } = collectChanges({
        registry: this.registry,
        files,
        rows,
        checkpoints,
        most: this.options.maxLines,
      });
      for (const draft of newChanges) rows.add(draft);
      rows.prune(this.options.retained);
      database.exec("COMMIT");
      return more;
    } catch (error) {
      database.exec("ROLLBACK");
      rows.forget();
      throw error;
    }
  }

  /** What a new log takes as known: what did not change lately, and the workflows as they are. */
  private initializeLog(files: readonly JournalFile[], rows: ChangeRows): void {
    let left = this.options.maxInitialBytes;
    for (const found of [...files].sort((one, other) => other.modifiedMs - one.modifiedMs)) {
      if (found.kind !== "workflow" && found.size <= left) {
        left -= found.size;
        continue;
      }
      const checkpoint =
        found.kind === "workflow"
          ? workflowCheckpoint(found, UNREAD_CHECKPOINT)
          : checkpointAtEnd(this.registry, found);
      rows.checkpoint(found, checkpoint);
    }
    rows.markInitialized();
  }

  /** Runs a query; a log that broke or was deleted is begun anew. */
  private use<Result>(query: (opened: ChangeDatabase) => Result): Result {
    try {
      return query(this.current());
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      this.close();
      discardIfTorn(this.registry, error, changeLogPath(this.registry));
      return query(this.current());
    }
  }

  private current(): ChangeDatabase {
    if (this.opened !== undefined && !this.isCurrent(this.opened)) this.close();
    return (this.opened ??= openChangeDatabase(this.registry));
  }

  /** Somebody may have deleted the file or put another in its place; and a registry may have come into being. */
  private isCurrent({ file, hadRoot }: ChangeDatabase): boolean {
    const { fs, root } = this.registry;
    if (file === 0) return hadRoot || !fs.existsSync(root);
    try {
      return fs.statSync(changeLogPath(this.registry)).ino === file;
    } catch {
      return false;
    }
  }

  private changeRows(): ChangeRows {
    const { database } = this.current();
    if (this.rows?.database !== database) this.rows = new ChangeRows(database);
    return this.rows;
  }

  private cursorAt(number: number): string {
    return `${this.opened?.epoch ?? ""}.${number}`;
  }

  private parseCursor(cursor: string, rows: ChangeRows): number | undefined {
    const match = /^([0-9a-f]{8})\.(0|[1-9]\d{0,15})$/.exec(cursor);
    const number = Number(match?.[2]);
    if (match === null || match[1] !== this.opened?.epoch) return undefined;
    return number <= rows.last() && number >= rows.first() - 1 ? number : undefined;
  }
}
