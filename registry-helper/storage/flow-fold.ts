import { evolveFlow } from "../domain/flow/evolve.ts";
import { ClawTaskError } from "../model/errors.ts";
import type { FlowEvent } from "../model/flow-events.ts";
import type { FlowRecord } from "../model/flow-record.ts";
import { flowEventShape } from "../model/flow-shapes.ts";
import { suggest } from "../model/remedy.ts";
import type { FileSystem } from "./file-system.ts";
import {
  CHAIN_START,
  findLineDamage,
  isAccepted,
  isLineWithoutEnd,
  JournalChain,
  withoutSeal,
} from "./journal-chain.ts";
import { requireSoundUntil } from "./journal-checkpoint.ts";
import { isVoidLine, type JournalLine, readLines } from "./journal-file.ts";
import { OperationBounds } from "./operation-span.ts";
import { lineWithoutEnd, requireKnownSchema } from "./run-fold.ts";
import { parseObject } from "./run-projections.ts";

/** A flow rebuilt from its journal. */
export interface FlowFold {
  flow: FlowRecord | undefined;
  /** Bytes up to and including the last whole operation. */
  size: number;
  /** Keyed operations, for `keys.idx`: where each begins. */
  keys: { key: string; offset: number }[];
  /** Lines that lost a race for their position and do not count. */
  voidLines: number;
  /** Hash of the last line that counts: what the next one goes on from. */
  last: string;
}

/** Where a fold begins that knows nothing yet. */
export const EMPTY_FLOW = { flow: undefined, size: 0, last: CHAIN_START };

/**
 * Folds a flow's journal from a known position on.
 *
 * @param until stop behind this position (for the state at a past moment)
 * @throws ClawTaskError `journal_corrupt` at a line that cannot be read, `registry_too_new`
 */
export function foldFlow(
  fs: FileSystem,
  path: string,
  from: { flow: FlowRecord | undefined; size: number; last: string },
  until = Number.POSITIVE_INFINITY,
): FlowFold {
  requireSoundUntil(fs, path, from.size);
  const fold: FlowFold = { ...from, keys: [], voidLines: 0 };
  const bounds = new OperationBounds<{ flow: FlowRecord | undefined; last: string; keys: number }>();
  const chain = new JournalChain(from.last);
  let afterBlank = false;
  const visit = (line: JournalLine): "stop" | undefined => {
    if (line.text.trim() === "") {
      if (!isVoidLine(line.text)) {
        afterBlank = true;
        chain.loosen();
      }
      bounds.forget();
      return undefined;
    }
    const event = readFlowEvent(path, line);
    const seq = fold.flow?.revision ?? 0;
    if (bounds.isVoid(event, line.start, seq)) {
      fold.voidLines += 1;
      return undefined;
    }
    if (event.seq > until) {
      bounds.forget();
      return "stop";
    }
    // A repair blanks what cannot be read: then a position is missing, and what is left still counts.
    if (event.seq !== seq + 1 && !afterBlank && !isAccepted(line.text))
      throw corrupt(path, line, `has position ${event.seq} where ${seq + 1} was expected`);
    afterBlank = false;
    const before = chain.last ?? CHAIN_START;
    bounds.enter(event, line.start, () => ({ flow: fold.flow, last: before, keys: fold.keys.length }));
    const problem = chain.follow(line.text);
    if (problem !== undefined) throw corrupt(path, line, problem);
    fold.flow = evolveFlow(fold.flow, event);
    if (event.key !== undefined) fold.keys.push({ key: event.key, offset: line.start });
    return undefined;
  };
  fold.size = readLines(fs, path, from.size, visit, (tail) => {
    if (isLineWithoutEnd(tail)) throw lineWithoutEnd(path, tail.length);
  });
  fold.last = chain.last ?? CHAIN_START;
  const torn = bounds.torn(fold.flow?.revision ?? 0);
  if (torn === undefined) return fold;
  const { flow, last, keys } = torn.before ?? { flow: fold.flow, last: fold.last, keys: fold.keys.length };
  return { ...fold, flow, last, keys: fold.keys.slice(0, keys), size: torn.start };
}

/** All events of the operation that begins at an offset. */
export function readFlowOperation(fs: FileSystem, path: string, offset: number): FlowEvent[] {
  const events: FlowEvent[] = [];
  let wanted = 1;
  readLines(fs, path, offset, (line) => {
    if (line.text.trim() === "") return undefined;
    const event = readFlowEvent(path, line);
    if (events.length === 0) wanted = event.span ?? 1;
    events.push(withoutSeal(event));
    return events.length >= wanted ? "stop" : undefined;
  });
  return events;
}

/**
 * One event of a flow.
 *
 * @throws ClawTaskError `journal_corrupt` for a line of another shape, or of another flow | `registry_too_new`
 */
export function readFlowEvent(path: string, line: Pick<JournalLine, "start" | "text">): FlowEvent {
  const damage = findLineDamage(line.text);
  if (damage !== undefined) throw corrupt(path, line, damage);
  const value = parseObject(line.text);
  if (value === undefined) throw corrupt(path, line, "is not an event of a flow");
  requireKnownSchema(path, value["schema"]);
  const problem = flowEventShape(value);
  if (problem !== undefined) throw corrupt(path, line, `is not an event of a flow: ${problem}`);
  const event = value as unknown as FlowEvent;
  // One that stands in the wrong journal would take the place of the flow that it is about.
  if (event.flowId !== flowIdOf(path)) throw corrupt(path, line, `is about another flow: ${event.flowId}`);
  return event;
}

function flowIdOf(path: string): string {
  return path.split(/[\\/]/).at(-2) ?? "";
}

function corrupt(path: string, line: Pick<JournalLine, "start">, what: string): ClawTaskError {
  return new ClawTaskError("journal_corrupt", {
    message: `${path}: the line at byte ${line.start} ${what}`,
    remedy: { commands: [suggest("repair", flowIdOf(path))] },
  });
}
