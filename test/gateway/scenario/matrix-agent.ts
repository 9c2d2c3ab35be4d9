import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execInBackground, generateMedia, spawnAcp } from "../support/detached-calls.ts";
import type { ModelReply, ModelRequest } from "../support/scripted-model.ts";
import { until } from "../support/until.ts";
import { belowOf, type Cell, findCell, resultOf } from "./matrix-cells.ts";
import { isRun } from "./matrix-runs.ts";

const HELD_MS = 900_000;

/** An agent that starts the work of a cell for `do <id>`; the work ends when the test releases it. */
export class MatrixAgent {
  /** Cells whose start the agent has seen. */
  readonly started = new Set<string>();
  /** Cells whose announcement the host has begun. */
  readonly announcing = new Set<string>();
  /** When the model last heard of a cell or a busy turn, in epoch milliseconds. */
  readonly heardAt = new Map<string, number>();
  private readonly cells = new Map<string, Cell>();
  private readonly folder: string;
  private holdsAnnouncements = false;

  constructor(folder: string) {
    this.folder = folder;
  }

  learn(cells: readonly Cell[]): void {
    for (const cell of cells) this.cells.set(cell.id, cell);
  }

  release(name: string): void {
    writeFileSync(this.getFile(name), "");
  }

  /** Announcing turns wait from now on, or no longer. */
  holdAnnouncements(isHeld: boolean): void {
    this.holdsAnnouncements = isHeld;
  }

  getFile(name: string): string {
    return join(this.folder, name);
  }

  async respond(request: ModelRequest): Promise<ModelReply> {
    const { prompt, childResult } = request;
    if (request.turn === "heartbeat") return { text: "NO_REPLY" };
    if (childResult !== undefined) return this.announce(request, childResult);
    const asked = /^(?:do|be busy) (\S+)$/.exec(prompt)?.[1];
    if (asked !== undefined) this.heardAt.set(asked, Date.now());
    const busy = /^be busy (\S+)$/.exec(prompt)?.[1];
    if (busy !== undefined) {
      this.started.add(busy);
      await this.released(busy);
      return { text: "free again" };
    }
    const below = /^work below (\S+)$/.exec(prompt)?.[1];
    if (below !== undefined) return { text: `the part of ${below}` };
    const working = /^work on (m\d\d\d)$/.exec(prompt)?.[1];
    if (working !== undefined) return this.work(working, request);
    const id = /^do (m\d\d\d)$/.exec(prompt)?.[1];
    const cell = this.cells.get(id ?? "");
    if (cell === undefined) return { text: "NO_REPLY" };
    if (request.toolResults.length === 0 && !isRun(cell)) return this.begin(cell);
    this.started.add(cell.id);
    return { text: `started ${cell.id}` };
  }

  private async announce(request: ModelRequest, childResult: string): Promise<ModelReply> {
    const id = findCell(request.prompt);
    if (id !== undefined) this.announcing.add(id);
    await until(() => !this.holdsAnnouncements, { what: "announcements to be let go", deadlineMs: HELD_MS });
    // A child goes on after its own child.
    const below = /\bbelow-(\d\d\d)\b/.exec(request.prompt)?.[1];
    if (request.isSubagent && below !== undefined) return { text: resultOf(`m${below}`) };
    if (this.cells.get(id ?? "")?.work === "private") return { text: "NO_REPLY" };
    return { text: request.turn === "media" ? `here it is: ${resultOf(id ?? "")}` : `announced: ${childResult}` };
  }

  private begin({ id, work }: Cell): ModelReply {
    switch (work) {
      case "exec":
        return execInBackground({
          command: `: ${resultOf(id)}; until [ -e ${this.getFile(id)} ]; do sleep 0.1; done`,
        });
      case "acp":
        return spawnAcp({ label: id, script: { waitFor: this.getFile(id), done: resultOf(id) } });
      case "image":
        return generateMedia({ kind: "image", about: id, script: { waitFor: this.getFile(id), done: resultOf(id) } });
      default: {
        const how = work === "visible" ? { visible: true } : work === "private" ? { completionTarget: "parent" } : {};
        return { toolCalls: [{ name: "sessions_spawn", args: { task: `work on ${id}`, label: id, ...how } }] };
      }
    }
  }

  private async work(id: string, { toolResults }: ModelRequest): Promise<ModelReply> {
    const work = this.cells.get(id)?.work;
    if (work === "nested" && toolResults.length === 0) {
      const task = `work below ${belowOf(id)}`;
      return { toolCalls: [{ name: "sessions_spawn", args: { task, label: belowOf(id) } }] };
    }
    if (work === "cli" || work?.startsWith("cron")) this.started.add(id);
    await this.released(id);
    if (work === "cron-silent") return { text: "NO_REPLY" };
    if (work === "cron-failed") return { error: { status: 400, message: "no" } };
    return { text: resultOf(id) };
  }

  private released(name: string): Promise<unknown> {
    return until(() => existsSync(this.getFile(name)), { what: `${name} to be let go`, deadlineMs: HELD_MS });
  }
}
