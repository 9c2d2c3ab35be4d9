import type { ControlCommand, ControlLine, RunCommand } from "../../registry-helper/domain/run/commands.ts";
import { isControlAction } from "../../registry-helper/domain/run/control-actions.ts";
import { planNode } from "../../registry-helper/domain/run/decide/plan-run.ts";
import { isClawTaskError } from "../../registry-helper/model/errors.ts";
import type { RunNode } from "../../registry-helper/model/run-documents.ts";
import type { PlayedRun } from "./played-run.ts";
import type { ControlDraw, Move, Token } from "./run-arbitraries.ts";

/** Plays random moves on a run in memory, as the operations around the engine would ask for them. */
export class RandomPlayer {
  readonly run: PlayedRun;
  private added = 0;
  private count = 0;

  constructor(run: PlayedRun) {
    this.run = run;
  }

  /** Returns the code of the refusal, if it was refused. Anything but a coded error is thrown on. */
  play(move: Move): string | undefined {
    if (move.do === "wait") {
      this.run.wait(move.ms);
      return undefined;
    }
    try {
      this.run.do(this.toCommand(move));
      return undefined;
    } catch (error) {
      if (isClawTaskError(error)) return error.code;
      throw error;
    }
  }

  private nodeAt(index: number): RunNode {
    const { nodes } = this.run.document.state;
    return nodes[index % nodes.length] as RunNode;
  }

  private findToken(node: RunNode, token: Token): number | undefined {
    if (token === "none") return undefined;
    return token === "present" ? node.claim?.token : 1;
  }

  private toCommand(move: Exclude<Move, { do: "wait" }>): RunCommand {
    const node = this.nodeAt(move.node);
    const nodeId = node.id;
    switch (move.do) {
      case "to":
        return { type: "transition", nodeId, to: move.status, payload: {}, token: this.findToken(node, move.token) };
      case "claim":
        return {
          type: "claim",
          by: "agent",
          leaseMs: 60_000,
          limit: move.limit,
          token: this.findToken(node, move.token),
          nodeIds: move.named ? [nodeId] : undefined,
        };
      case "tick":
        return this.toTick(move);
      case "control": {
        const made = this.toControl(move.control, `c${(this.count += 1)}`);
        return "refusal" in made ? { type: "tick", controls: undefined } : made;
      }
      case "observe":
        return {
          type: "observe",
          nodeId,
          childSessionKey: `child-${move.child}`,
          ...(move.ended === undefined ? {} : { ended: { status: move.ended } }),
        };
      case "emit":
        return { type: "emit", name: move.name, payload: null, by: "ana" };
      case "result": {
        const file = { path: `nodes/${nodeId}/result.json`, size: 1, sha256: null };
        return {
          type: "record_result",
          nodeId,
          token: this.findToken(node, move.token),
          file,
          output: { points: move.points },
        };
      }
      case "bind":
        return { type: "bind", kind: move.kind, nodeId, value: `child-${move.child}`, payload: {} };
      case "unbind":
        return { type: "unbind", kind: move.kind, nodeId };
      case "progress":
        return { type: "progress", message: "on", payload: {} };
      default:
        return { type: move.do, by: "ana" };
    }
  }

  private toTick(move: Extract<Move, { do: "tick" }>): RunCommand {
    const lines = move.lines.map((draw): ControlLine => this.toControl(draw, `line-${draw.id}`));
    const bytes = (this.run.document.state.controlBytes ?? 0) + lines.length;
    const files = Object.fromEntries(
      this.run.document.state.nodes.map(({ id, artifactPaths }) => [
        id,
        { evidence: [], missing: move.files ? [] : artifactPaths },
      ]),
    );
    return {
      type: "tick",
      existing: move.files ? ["out/there.md"] : [],
      endedTasks: move.tasks ? { "t-1": "succeeded" } : {},
      files,
      ...(lines.length === 0 ? {} : { controls: { lines, bytes } }),
    };
  }

  private toControl(draw: ControlDraw, id: string): ControlLine {
    const nodeId = this.nodeAt(draw.node).id;
    const other = this.nodeAt(draw.other).id;
    const fromFile = id.startsWith("line-") ? { isFromFile: true as const } : {};
    const control = { id, action: draw.action, by: "ana", nodeId, message: "as said", ...fromFile };
    if (!isControlAction(draw.action))
      return { control, refusal: { code: "control_unknown", message: `unknown action: ${draw.action}` } };
    const action = draw.action;
    if (action === "add_node") {
      const newId = `added-${(this.added += 1)}`;
      const kind = (["subagent", "wait", "approval"] as const)[draw.other % 3] ?? "subagent";
      const node = planNode(
        { id: newId, title: newId, kind, needs: [nodeId], outputs: { mode: "report" } },
        undefined,
        {},
      );
      const patch = draw.id % 2 === 0 ? {} : { neededBy: [other] };
      return { type: "control", control: { ...control, action, patch }, node: { ...node, status: "pending" } };
    }
    const patches: Partial<Record<ControlCommand["control"]["action"], ControlCommand["control"]["patch"]>> = {
      rewire_node: { needs: draw.id % 3 === 0 ? [] : [other] },
      approve: draw.choice === undefined ? {} : { choice: draw.choice },
      reject: draw.choice === undefined ? {} : { choice: draw.choice },
    };
    const patch = patches[action];
    return { type: "control", control: { ...control, action, ...(patch === undefined ? {} : { patch }) } };
  }
}
