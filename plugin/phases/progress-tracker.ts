import { hash } from "node:crypto";
import {
  classifyServiceError,
  hasAge,
  type StatablePhase,
  type TaskStep,
  type TokenUsage,
} from "../../registry-helper/internal.ts";
import { type AgentActivity, readPlanSteps, type ToolError } from "../host/events/agent-activity.ts";
import { describeCard, type ProgressCard } from "./progress-card.ts";
import { getService, ServiceBlocks } from "./service-blocks.ts";
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
/** Calls of one run that are under way at the same time. */
const MAX_CALLS = 32;
const UPDATE_LENGTH = 160;
/** The argument that says what a call is about. */
const DESCRIPTIVE_ARGUMENTS = [
  "command",
  "path",
  "file_path",
  "filePath",
  "query",
  "url",
  "pattern",
  "prompt",
  "task",
  "code",
];

interface RunMemory {
  phase: StatablePhase | undefined;
  /** The phase before the agent asked a person. */
  phaseBefore: StatablePhase | undefined;
  isAsking: boolean;
  /** True once its own tool showed a plan: the host repeats it without its note. */
  hasCard: boolean;
  blocks: ServiceBlocks;
  /** The subjects of calls under way, by their ids. */
  calls: Map<string, string | undefined>;
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
      case "approval_asked": {
        const phase = "waiting_approval";
        return activity.isCommand
          ? toStep({ phase, blockReason: "approval", update: `wants to run: ${activity.what}` })
          : toStep({ phase, blockReason: "confirmation", update: `wants a confirmation: ${activity.what}` });
      }
      case "approval_answered":
        return toStep({ phase: memory.phase ?? null, blockReason: memory.blocks.current });
      case "plan":
        return memory.hasCard ? undefined : this.show(activity, activity, now);
      case "tool": {
        const detail = findDetail(activity.args);
        if (activity.callId !== undefined) remember(memory.calls, activity.callId, detail);
        if (activity.tool === "progress_card") {
          memory.hasCard = true;
          return this.show(activity, readCard(activity.args), now);
        }
        const meaning = getToolMeaning(activity.tool, detail);
        const words = detail === undefined ? activity.tool : `${activity.tool}: ${detail}`;
        return this.step(activity, { meaning, words, mark: `${activity.tool} ${JSON.stringify(activity.args)}`, now });
      }
      case "tool_ended": {
        const detail = activity.callId === undefined ? undefined : memory.calls.get(activity.callId);
        if (activity.callId !== undefined) memory.calls.delete(activity.callId);
        const step = this.finish(memory, activity, getService(activity.tool, detail));
        return step === undefined ? undefined : toStep(step);
      }
      case "external_tool": {
        const { title } = activity;
        const begun = this.step(activity, { meaning: getTitleMeaning(title), words: title, mark: title, now });
        if (!activity.hasEnded) return begun;
        const step = this.finish(memory, { tool: title, error: activity.error }, title);
        const { isIdle: _idle, ...rest } = begun?.step ?? {};
        return step === undefined ? begun : toStep({ ...rest, ...step });
      }
    }
  }

  /** What a run cost so far; it is told with its end. */
  findUsage(runId: string): TokenUsage | undefined {
    return this.runs.get(runId)?.usage;
  }

  /** What the end of a call changes: a service that does not answer, or answers again; a question that is answered. */
  private finish(
    memory: RunMemory,
    { tool, error }: { tool: string; error: ToolError | undefined },
    service: string | undefined,
  ): TaskStep | undefined {
    if (memory.isAsking && getToolMeaning(tool, undefined).blockReason === "user_input") {
      memory.isAsking = false;
      memory.phase = memory.phaseBefore;
      return { phase: memory.phase ?? null, blockReason: memory.blocks.current };
    }
    const before = memory.blocks.current;
    if (error === undefined) memory.blocks.succeed(service);
    const reason = error === undefined ? undefined : classifyServiceError(error.text, error.status);
    if (service !== undefined && reason !== undefined) memory.blocks.block(service, reason);
    const after = memory.blocks.current;
    if (after === before) return undefined;
    const words = error === undefined ? undefined : `${tool}: ${error.text.split("\n")[0]}`.slice(0, UPDATE_LENGTH);
    return { blockReason: after, ...(words === undefined ? {} : { update: words }) };
  }

  /** A plan that the agent shows is its own word for where it is. */
  private show({ runId, sessionKey }: AgentActivity, card: ProgressCard, now: number): ObservedStep | undefined {
    const memory = this.getMemory(runId);
    const described = describeCard(card);
    if (described === undefined) return undefined;
    memory.phase = described.phase ?? memory.phase;
    memory.notedAt = now;
    const block = described.phase === undefined ? null : memory.blocks.current;
    const step = { ...described, ...(block === null ? {} : { blockReason: block }) };
    return { runId, sessionKey, step: { ...step, update: step.update.slice(0, UPDATE_LENGTH) } };
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
    if (meaning.blockReason === "user_input" && !memory.isAsking) {
      memory.isAsking = true;
      memory.phaseBefore = memory.phase;
    }
    if (meaning.phase !== undefined) memory.phase = meaning.phase;
    if (!isChange && !hasAge(now - memory.notedAt, SAME_PHASE_PAUSE_MS)) return undefined;
    memory.notedAt = now;
    // A step in another phase ends a block; one that a service still holds up is said again.
    const block = meaning.blockReason ?? (meaning.phase === undefined ? null : memory.blocks.current);
    const step = {
      ...(meaning.phase === undefined ? {} : { phase: meaning.phase }),
      ...(block === null ? {} : { blockReason: block }),
      update: call.words.slice(0, UPDATE_LENGTH),
    };
    return { runId, sessionKey, step };
  }

  private getMemory(runId: string): RunMemory {
    const known = this.runs.get(runId);
    if (known !== undefined) return known;
    const made: RunMemory = {
      phase: undefined,
      phaseBefore: undefined,
      isAsking: false,
      hasCard: false,
      blocks: new ServiceBlocks(),
      calls: new Map(),
      notedAt: 0,
      idleAt: 0,
      recent: [],
      usage: undefined,
    };
    this.runs.set(runId, made);
    if (this.runs.size > MAX_RUNS) for (const oldest of [...this.runs.keys()].slice(0, 1)) this.runs.delete(oldest);
    return made;
  }
}

/** What the progress card's tool is called with. */
function readCard(args: Readonly<Record<string, unknown>>): ProgressCard {
  const { plan, markdown } = args;
  return { steps: readPlanSteps(plan), note: typeof markdown === "string" ? markdown : undefined };
}

/** Keeps what a call is about until it ends; of calls whose end is never heard, the oldest go. */
function remember(calls: Map<string, string | undefined>, callId: string, detail: string | undefined): void {
  calls.set(callId, detail);
  for (const oldest of [...calls.keys()].slice(0, Math.max(0, calls.size - MAX_CALLS))) calls.delete(oldest);
}

function findDetail(args: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of DESCRIPTIVE_ARGUMENTS) {
    const value = args[name];
    if (typeof value === "string" && value !== "") return value.slice(0, UPDATE_LENGTH * 2);
  }
  return undefined;
}
