import { describe, expect, it } from "vitest";
import {
  ended,
  order,
  permutations,
  PlayedTask,
  REQUESTER,
  ROUTE,
  signal,
  working,
} from "../../../support/played-task.ts";

const TO_SESSION = { channel: "session", to: REQUESTER, sessionKey: REQUESTER };
const asked = signal("after_tool_call", {
  names: ["run:r1"],
  facts: { requesterSessionKey: REQUESTER, runId: "r1", isPrivate: true },
});
const closed = signal("subagent_ended", { names: ["run:r1"], ending: { status: "succeeded" } });

describe("a private result", () => {
  it.each(
    permutations([working(), asked, ended(), closed]).map(
      (signals) => [signals.map(({ source }) => source), signals] as const,
    ),
  )("is planned for its session only, in the order %j", (_sources, signals) => {
    const { task } = new PlayedTask(...signals);
    expect(task.isPrivate).toBe(true);
    expect(task.delivery).toMatchObject({ state: "pending", sender: "host", route: TO_SESSION });
  });

  it("goes to its session when a person orders it again", () => {
    const played = new PlayedTask(working(), asked, ended());
    played.play(order("report_delivery", { report: { kind: "refused", reason: "no", final: true } }));
    played.play(order("retry_delivery", {}));
    expect(played.task.delivery).toMatchObject({ generation: 2, route: TO_SESSION });
  });

  it("tells no change of state, whatever the policy", () => {
    const policy = working({ notify: "state_changes" });
    const waits = signal("report", { step: { phase: "waiting_user", update: "the secret" } });
    for (const signals of [
      [asked, policy, waits],
      [signal("x", { names: ["run:r1"], facts: { ...policy.facts, isPrivate: true }, started: true }), waits],
    ])
      expect(new PlayedTask(...signals).task.update).toBeNull();
  });
});

describe("a result that is not private", () => {
  it("goes to the channel", () => {
    const { task } = new PlayedTask(working(), ended());
    expect(task.isPrivate).toBeUndefined();
    expect(task.delivery?.route).toEqual(ROUTE);
  });
});
