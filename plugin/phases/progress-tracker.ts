import { hash } from "node:crypto";
import { hasAge, type StatablePhase, type TaskStep, type TokenUsage } from "../../registry-helper/internal.ts";
import type { AgentActivity } from "../host/events/agent-activity.ts";
import { getTitleMeaning, getToolMeaning, type ToolMeaning } from "./tool-phases.ts";

/** A step of one run that is worth a line in the ledger. */
export interface ObservedStep {
  runId: string;
  sessionKey: string | undefined;
  step?: TaskStep;
  usage?: TokenUsage;
}

/** The same kind of step is noted at most this often, in milliseconds; a change of phase always is. */
const SAME_PHASE_PAUSE_MS = 15_000;
/** A call that repeats one of the last few is a sign of life, and no step forward. */
const REPEAT_WINDOW = 8;
/** Calls are remembered by their whole text up to this length, else by its digest. */
const MAX_MARK_LENGTH = 200;
const IDLE_PAUSE_MS = 60_000;
/** Runs that are remembered; more than this go on at the same time nowhere. */
const MAX_RUNS = 1_000;
const UPDATE_LENGTH = 160;
/** The argument that says what a call is about. */
const DESCRIPTIVE_ARGUMENTS = ["command", "path", "file_path", "filePath", "query", "url", "pattern", "prompt", "task"];

interface RunMemory {
  phase: StatablePhase | undefined;
  notedAt: number;
  idleAt: number;
  recent: string[];
  usage: TokenUsage | undefined;
}

/**
 * Turns what agents do into phases and updates, few enough to be written down. Holds a little memory per run
 * that goes on; nothing in here is lost that matters when the process ends.
 */
export class ProgressTracker {
  private readonly runs = new Map<string, RunMemory>();

  /** What the activity is worth noting; undefined when it tells nothing new. */
  note(activity: AgentActivity, now: number): ObservedStep | undefined {
    const memory = this.getMemory(activity.runId);
    const { runId, sessionKey } = activity;
    const toStep = (step: TaskStep): ObservedStep => {
      memory.notedAt = now;
      return { runId, sessionKey, step };
    };
    switch (activity.kind) {
      case "usage":
        memory.usage = { input: null, output: activity.output };
        return undefined;
      case "approval_asked":
        return toStep({ phase: "waiting_approval", blockReason: "approval", update: `wants to run: ${activity.what}` });
      case "approval_answered":
        return toStep({ phase: memory.phase ?? null, blockReason: null });
      case "tool": {
        const detail = findDetail(activity.args);
        const meaning = getToolMeaning(activity.tool, detail);
        const words = detail === undefined ? activity.tool : `${activity.tool}: ${detail}`;
        return this.step(activity, { meaning, words, mark: `${activity.tool} ${JSON.stringify(activity.args)}`, now });
      }
      case "external_tool":
        return this.step(activity, {
          meaning: getTitleMeaning(activity.title),
          words: activity.title,
          mark: activity.title,
          now,
        });
    }
  }

  /** What a run cost so far; it is told with its end. */
  findUsage(runId: string): TokenUsage | undefined {
    return this.runs.get(runId)?.usage;
  }

  private step(
    { runId, sessionKey }: AgentActivity,
    call: { meaning: ToolMeaning; words: string; mark: string; now: number },
  ): ObservedStep | undefined {
    const memory = this.getMemory(runId);
    const { meaning, now } = call;
    // The mark of a call that writes a file holds the file.
    const mark = call.mark.length > MAX_MARK_LENGTH ? hash("sha1", call.mark) : call.mark;
    if (memory.recent.includes(mark)) {
      if (!hasAge(now - Math.max(memory.idleAt, memory.notedAt), IDLE_PAUSE_MS)) return undefined;
      memory.idleAt = now;
      return { runId, sessionKey, step: { isIdle: true } };
    }
    memory.recent = [...memory.recent.slice(-REPEAT_WINDOW + 1), mark];
    const isChange = meaning.phase !== undefined && meaning.phase !== memory.phase;
    if (meaning.phase !== undefined) memory.phase = meaning.phase;
    if (!isChange && !hasAge(now - memory.notedAt, SAME_PHASE_PAUSE_MS)) return undefined;
    memory.notedAt = now;
    const step = {
      ...(meaning.phase === undefined ? {} : { phase: meaning.phase }),
      ...(meaning.blockReason === undefined ? {} : { blockReason: meaning.blockReason }),
      update: call.words.slice(0, UPDATE_LENGTH),
    };
    return { runId, sessionKey, step };
  }

  private getMemory(runId: string): RunMemory {
    const known = this.runs.get(runId);
    if (known !== undefined) return known;
    const made: RunMemory = { phase: undefined, notedAt: 0, idleAt: 0, recent: [], usage: undefined };
    this.runs.set(runId, made);
    if (this.runs.size > MAX_RUNS) for (const oldest of [...this.runs.keys()].slice(0, 1)) this.runs.delete(oldest);
    return made;
  }
}

function findDetail(args: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of DESCRIPTIVE_ARGUMENTS) {
    const value = args[name];
    if (typeof value === "string" && value !== "") return value.slice(0, UPDATE_LENGTH * 2);
  }
  return undefined;
}
