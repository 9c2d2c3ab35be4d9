import { flowAggregate } from "../../registry-helper/domain/flow/aggregate.ts";
import type { FlowCommand } from "../../registry-helper/domain/flow/commands.ts";
import type { FlowEvent, FlowFacts } from "../../registry-helper/model/flow-events.ts";
import type { FlowRecord } from "../../registry-helper/model/flow-record.ts";
import { NOON } from "./played-run.ts";

export const FLOW = "f-20261120-000000000000";
export const OWNER = "agent:main:main";
export const FLOW_ROUTE = { channel: "telegram", to: "telegram:42", sessionKey: OWNER };

type Given<Command> = Command extends unknown ? Omit<Command, "flowId"> : never;
export type FlowStep = Given<FlowCommand>;

/** A flow in memory: decides and folds as `commit` does, with a clock that ticks a second per command. */
export class PlayedFlow {
  readonly events: FlowEvent[] = [];
  now = NOON;
  private record: FlowRecord | undefined;

  constructor(facts: Partial<FlowFacts> = {}, step?: string) {
    this.do({
      type: "create",
      facts: { title: "Invoices", ownerSessionKey: OWNER, route: FLOW_ROUTE, ...facts },
      ...(step === undefined ? {} : { step }),
    });
  }

  /** Runs a command; returns the names of its events. */
  do(step: FlowStep): string[] {
    this.now += 1_000_000;
    const command = { ...step, flowId: FLOW };
    const names: string[] = [];
    for (const draft of flowAggregate.decide(this.record, command, { now: this.now })) {
      const place = { state: this.record, seq: this.events.length + 1, now: this.now };
      const event = flowAggregate.stamp(draft, place);
      this.record = flowAggregate.evolve(this.record, event);
      this.events.push(event);
      names.push(event.event);
    }
    return names;
  }

  play(...steps: readonly FlowStep[]): this {
    for (const step of steps) this.do(step);
    return this;
  }

  get flow(): FlowRecord {
    if (this.record === undefined) throw new Error("no flow");
    return this.record;
  }
}
