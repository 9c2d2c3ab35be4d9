import fc from "fast-check";
import type { WorkflowNode } from "../../registry-helper/model/workflow-definition.ts";
import type { NodeSketch } from "./workflow-text.ts";

/** Random workflows: every kind, needs that point back, and every field that OpenTask does not know. */
export function arbitraryNodes(maxItems = 6): fc.Arbitrary<NodeSketch[]> {
  return fc
    .array(arbitraryNode, { minLength: 1, maxLength: maxItems })
    .map((drawn) => drawn.map((draw, index) => toSketch(draw, index)));
}

/** The same without a field that OpenTask does not know. */
export function plainNodes(maxItems = 6): fc.Arbitrary<NodeSketch[]> {
  return arbitraryNodes(maxItems).map((nodes) =>
    nodes.map(({ more: _more, waitFor, ...node }) => ({
      ...node,
      ...(waitFor !== undefined && ["next_tick", "manual", "file_exists"].includes(waitFor.type) ? { waitFor } : {}),
    })),
  );
}

const arbitraryNode = fc.record({
  kind: fc.constantFrom("session_turn", "subagent", "subagent", "wait", "approval", "summary" as const),
  needs: fc.array(fc.nat(5), { maxLength: 3 }),
  mode: fc.constantFrom("notify", "report" as const),
  onFailure: fc.option(fc.constantFrom("block", "continue", "skip" as const), { nil: undefined }),
  retries: fc.option(fc.constantFrom(1, { max: 2, backoffMs: 0 }, { max: 1, backoffMs: 30_000 }), { nil: undefined }),
  timeoutMs: fc.option(fc.constantFrom(20_000, 600_000), { nil: undefined }),
  evidence: fc.option(fc.constant("required" as const), { nil: undefined }),
  when: fc.option(fc.constantFrom("completed", "failed", "choice", "output" as const), { nil: undefined }),
  wait: fc.constantFrom("next_tick", "manual", "file_exists", "until", "task", "event" as const),
  approval: fc.option(
    fc.constantFrom<NonNullable<WorkflowNode["approval"]>[]>(
      { choices: ["yes", "later", "no"] },
      { expiresAfterMs: 30_000 },
      { question: "Go on?" },
    ),
    { nil: undefined },
  ),
});

type Draw = typeof arbitraryNode extends fc.Arbitrary<infer Value> ? Value : never;

const WAITS = {
  next_tick: { type: "next_tick" },
  manual: { type: "manual" },
  file_exists: { type: "file_exists", path: "out/there.md" },
  until: { type: "until", at: "2026-11-20T12:03:00Z" },
  task: { type: "task", task: "t-1" },
  event: { type: "event", event: "deployed" },
} as const;

function toSketch(draw: Draw, index: number): NodeSketch {
  const needs = index === 0 ? [] : [...new Set(draw.needs.map((need) => `n${need % index}`))];
  const about = needs[0];
  const isWork = draw.kind !== "wait" && draw.kind !== "approval";
  const more: Partial<WorkflowNode> = {
    ...(draw.onFailure === undefined ? {} : { onFailure: draw.onFailure }),
    ...(draw.retries === undefined ? {} : { retries: draw.retries }),
    ...(draw.timeoutMs === undefined || draw.kind === "approval" ? {} : { timeoutMs: draw.timeoutMs }),
    ...(draw.evidence === undefined || !isWork ? {} : { outputs: { mode: draw.mode, evidence: draw.evidence } }),
    ...(draw.when === undefined || about === undefined ? {} : { when: conditionOn(about, draw.when) }),
    ...(draw.approval === undefined || draw.kind !== "approval" ? {} : { approval: draw.approval }),
  };
  return {
    id: `n${index}`,
    kind: draw.kind,
    needs,
    mode: isWork ? draw.mode : "notify",
    ...(draw.kind === "wait" ? { waitFor: WAITS[draw.wait] } : {}),
    ...(Object.keys(more).length === 0 ? {} : { more }),
  };
}

function conditionOn(node: string, what: NonNullable<Draw["when"]>): NonNullable<WorkflowNode["when"]> {
  switch (what) {
    case "choice":
      return { node, choice: "yes" };
    case "output":
      return { any: [{ node, output: "points", greaterThan: 3 }, { not: { node, output: "points" } }] };
    default:
      return { node, status: what };
  }
}

/** One thing that somebody does to a run. Numbers are turned into nodes and tokens when it is played. */
export type Move = { node: number; other: number } & (
  | { do: "to"; status: "ready" | "running" | "waiting" | "completed" | "failed" | "skipped"; token: Token }
  | { do: "claim"; named: boolean; token: Token; limit: number | undefined }
  | { do: "tick"; files: boolean; tasks: boolean; lines: ControlDraw[] }
  | { do: "wait"; ms: number }
  | { do: "control"; control: ControlDraw }
  | { do: "observe"; child: number; ended: "succeeded" | "failed" | "lost" | undefined; missing: boolean }
  | { do: "emit"; name: string }
  | { do: "result"; token: Token; points: number }
  | {
      do: "bind" | "unbind";
      kind: "cron" | "node-session" | "child-session" | "node-run" | "driver-run";
      child: number;
    }
  | { do: "progress" | "archive" | "unarchive" }
);

/** Which claim the caller speaks for. */
export type Token = "none" | "present" | "stale";

export interface ControlDraw {
  action: string;
  node: number;
  other: number;
  choice: string | undefined;
  /** Which of a few ids it carries, so that some come twice. */
  id: number;
}

const number = fc.nat(7);
const token = fc.constantFrom<Token>("none", "none", "present", "stale");
const control: fc.Arbitrary<ControlDraw> = fc.record({
  action: fc.constantFrom(
    ...["pause", "resume", "resume", "retry", "retry", "retry", "skip", "approve", "approve", "reject"],
    ...["send_message", "patch_cron", "tick", "add_node", "rewire_node", "note", "cancel", "nonsense"],
  ),
  node: number,
  other: number,
  choice: fc.constantFrom(undefined, undefined, "yes", "no"),
  id: fc.nat(20),
});

const move: fc.Arbitrary<Move> = fc
  .tuple(
    fc.record({ node: number, other: number }),
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("to" as const),
          status: fc.constantFrom(
            "ready",
            "running",
            "waiting",
            "completed",
            "completed",
            "failed",
            "skipped" as const,
          ),
          token,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("claim" as const),
          named: fc.boolean(),
          token,
          limit: fc.constantFrom(undefined, 1),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("tick" as const),
          files: fc.boolean(),
          tasks: fc.boolean(),
          lines: fc.array(control, { maxLength: 3 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(31_000, 130_000, 601_000) }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("control" as const), control }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("observe" as const),
          child: fc.nat(3),
          ended: fc.constantFrom(undefined, "succeeded", "failed", "lost" as const),
          missing: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("emit" as const), name: fc.constantFrom("deployed", "other") }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("result" as const), token, points: fc.nat(9) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constantFrom("bind" as const, "unbind" as const),
          kind: fc.constantFrom("cron", "node-session", "child-session", "node-run", "driver-run" as const),
          child: fc.nat(3),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("progress", "archive", "unarchive" as const) }) },
    ),
  )
  .map(([of, what]) => ({ ...of, ...what }));

/** Short and long sequences: what goes wrong early hides what goes wrong late. */
export const arbitraryMoves = (maxItems: number): fc.Arbitrary<Move[]> =>
  fc.oneof(
    fc.array(move, { maxLength: maxItems, size: "max" }),
    fc.array(move, { minLength: maxItems, maxLength: maxItems * 2, size: "max" }),
  );
