import type { DatabaseSync } from "node:sqlite";
import type { ChangeDraft } from "./describe-change.ts";
import type { ChangeKind, JournalFile } from "./list-journals.ts";
import type { JournalCheckpoint } from "./read-new-events.ts";

/** The rows of the log: the changes, how far each journal is told, and which tasks a day holds. */
export class ChangeRows {
  readonly database: DatabaseSync;
  private known: Map<string, JournalCheckpoint> | undefined;
  private dataVersion: unknown;
  private readonly insert;
  private readonly select;
  private readonly upsertCheckpoint;
  private readonly join;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.insert = database.prepare(
      "INSERT INTO changes (kind, id, seq, at, event, nodeId, message, status, removed) VALUES (?,?,?,?,?,?,?,?,?)",
    );
    this.select = database.prepare("SELECT * FROM changes WHERE number > ? AND number <= ? ORDER BY number LIMIT ?");
    this.upsertCheckpoint = database.prepare(
      "INSERT OR REPLACE INTO journals (path, kind, id, bytes, seq, at, file, size, modifiedMs, head) VALUES (?,?,?,?,?,?,?,?,?,?)",
    );
    this.join = database.prepare("INSERT OR IGNORE INTO members (path, id) VALUES (?,?)");
  }

  /** Whether what was there before the log was looked at once. */
  isInitialized(): boolean {
    return this.database.prepare("SELECT isBegun FROM log").get()?.["isBegun"] === 1;
  }

  markInitialized(): void {
    this.database.exec("UPDATE log SET isBegun = 1");
  }

  /** The number of the newest change; 0 when there never was one. */
  last(): number {
    const row = this.database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").get();
    return Number(row?.["seq"] ?? 0);
  }

  /** The number of the oldest change that is kept, or of the next one. */
  first(): number {
    const row = this.database.prepare("SELECT min(number) AS number FROM changes").get();
    return typeof row?.["number"] === "number" ? row["number"] : this.last() + 1;
  }

  between(after: number, until: number, limit: number): { number: number; draft: ChangeDraft }[] {
    return this.select.all(after, until, limit).map((row) => ({
      number: Number(row["number"]),
      draft: {
        kind: String(row["kind"]) as ChangeKind,
        id: String(row["id"]),
        seq: Number(row["seq"]),
        at: String(row["at"]),
        event: String(row["event"]),
        ...(row["nodeId"] === null ? {} : { nodeId: String(row["nodeId"]) }),
        ...(row["message"] === null ? {} : { message: String(row["message"]) }),
        ...(row["status"] === null ? {} : { status: String(row["status"]) }),
        ...(row["removed"] === 1 ? { removed: true as const } : {}),
      },
    }));
  }

  add({ kind, id, seq, at, event, nodeId, message, status, removed }: ChangeDraft): void {
    const optional = [nodeId ?? null, message ?? null, status ?? null, removed === true ? 1 : 0];
    this.insert.run(kind, id, seq, at, event, ...optional);
  }

  /** Lets the oldest go. */
  prune(most: number): void {
    this.database.prepare("DELETE FROM changes WHERE number <= ?").run(this.last() - most);
  }

  /** How far each journal is told, by path. Read again only when another process wrote to the log. */
  checkpoints(): Map<string, JournalCheckpoint> {
    const version = this.database.prepare("PRAGMA data_version").get()?.["data_version"];
    if (this.known !== undefined && version === this.dataVersion) return this.known;
    const all = this.database.prepare("SELECT * FROM journals").all();
    this.known = new Map(all.map((row) => [String(row["path"]), toCheckpoint(row)]));
    this.dataVersion = version;
    return this.known;
  }

  checkpoint({ path, kind, id }: JournalFile, checkpoint: JournalCheckpoint): void {
    const { bytes, seq, at, file, size, modifiedMs, head } = checkpoint;
    this.upsertCheckpoint.run(path, kind, id, bytes, seq, at, file, size, modifiedMs, head);
    this.checkpoints().set(path, checkpoint);
  }

  /** Forgets a journal that is not there any more. Returns what is to be told of that. */
  remove(path: string, at: string): ChangeDraft[] {
    const row = this.database.prepare("SELECT kind, id, seq FROM journals WHERE path = ?").get(path);
    const kind = String(row?.["kind"]) as ChangeKind;
    const seq = Number(row?.["seq"] ?? 0);
    const ids = kind === "task" ? this.members(path) : [String(row?.["id"])];
    this.database.prepare("DELETE FROM journals WHERE path = ?").run(path);
    this.database.prepare("DELETE FROM members WHERE path = ?").run(path);
    this.checkpoints().delete(path);
    return ids.map((id) => ({ kind, id, seq, at, event: `${kind}.removed`, removed: true }));
  }

  members(path: string): string[] {
    const rows = this.database.prepare("SELECT id FROM members WHERE path = ?").all(path);
    return rows.map((row) => String(row["id"]));
  }

  addMember(path: string, id: string): void {
    this.join.run(path, id);
  }

  removeMember(path: string, id: string): void {
    this.database.prepare("DELETE FROM members WHERE path = ? AND id = ?").run(path, id);
  }

  /** What was kept in memory may be ahead of the file: a transaction was taken back. */
  forget(): void {
    this.known = undefined;
  }
}

function toCheckpoint(row: Record<string, unknown>): JournalCheckpoint {
  return {
    bytes: Number(row["bytes"]),
    seq: Number(row["seq"]),
    at: Number(row["at"]),
    file: Number(row["file"]),
    size: Number(row["size"]),
    modifiedMs: Number(row["modifiedMs"]),
    head: String(row["head"]),
  };
}
