import type { Aggregate } from "../../model/aggregate.ts";
import type { RunDocument } from "../../model/run-documents.ts";
import type { RunEvent, RunEventDraft } from "../../model/run-events.ts";
import { formatMicros, nextMicros } from "../../model/time.ts";
import type { RunCommand } from "./commands.ts";
import { decideRun } from "./decide/decide.ts";
import { evolveRun } from "./state/evolve.ts";

/** A run as `commit` handles it. The first six keys of an event are in OpenTask's order. */
export const runAggregate: Aggregate<RunDocument, RunEvent, RunEventDraft, RunCommand> = {
  decide: decideRun,
  evolve: evolveRun,
  stamp(draft, { state, seq, now, operation }) {
    const { event, payload, nodeId, message, snapshot, ...ours } = draft;
    const owner = state ?? snapshot;
    if (owner === undefined) throw new Error(`${event} in a journal without a run`);
    return {
      event,
      timestamp: formatMicros(nextMicros(now, owner.state.updatedAt)),
      runId: owner.state.runId,
      payload: payload ?? {},
      ...(nodeId === undefined ? {} : { nodeId }),
      ...(message === undefined ? {} : { message }),
      seq,
      ...operation,
      ...ours,
      ...(snapshot === undefined ? {} : { snapshot }),
    };
  },
  spanning: (first, span) => ({ ...first, span }),
};
