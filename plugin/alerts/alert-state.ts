import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../replace-file.ts";

/** What was announced, and what has gone since and is still to be said. */
export interface AlertState {
  /** Title of each announced item that still needs attention, by its key. */
  announced: Record<string, string>;
  /** Titles of announced items that were resolved since the last message. */
  resolved: string[];
  /** Keys of a message that was being sent; they count as announced when nobody knows whether it arrived. */
  sending: Record<string, string>;
  /** Epoch milliseconds of the last message; 0 before the first. */
  lastSentAt: number;
}

export const NO_ALERTS: AlertState = { announced: {}, resolved: [], sending: {}, lastSentAt: 0 };

/** Keeps the state beside the registry, so that a restart announces nothing twice. */
export class AlertStateFile {
  private readonly path: string;

  constructor(root: string) {
    this.path = join(root, ".alerts.json");
  }

  /** A file that is missing or damaged counts as none: what needs attention is announced again. */
  async load(): Promise<AlertState> {
    try {
      const state = JSON.parse(await readFile(this.path, "utf8")) as Partial<AlertState>;
      return { ...NO_ALERTS, ...state };
    } catch {
      return NO_ALERTS;
    }
  }

  async save(state: AlertState): Promise<void> {
    await replaceFile(this.path, state);
  }
}
