import type { Aggregate } from "../../model/aggregate.ts";
import type { FlowEvent, FlowEventDraft } from "../../model/flow-events.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import { formatMicros, nextMicros } from "../../model/time.ts";
import type { FlowCommand } from "./commands.ts";
import { decideFlow } from "./decide.ts";
import { evolveFlow } from "./evolve.ts";

/** A flow as `commit` handles it. */
export const flowAggregate: Aggregate<FlowRecord, FlowEvent, FlowEventDraft, FlowCommand> = {
  decide: decideFlow,
  evolve: evolveFlow,
  stamp({ event, flowId, ...rest }, { state, seq, now, operation }) {
    const timestamp = formatMicros(nextMicros(now, state?.updatedAt));
    return { event, timestamp, flowId, seq, ...operation, ...rest };
  },
  spanning: (first, span) => ({ ...first, span }),
};
