import type { Json } from "../../../model/json.ts";
import type { ApprovalAccess } from "../../../model/node-policy.ts";
import type { RunNode } from "../../../model/run-documents.ts";
import type { SpawnSettings } from "../../../model/spawn-settings.ts";
import type { Micros } from "../../../model/time.ts";
import type { NodeContext } from "./node-inputs.ts";

/** One thing that the orchestrator can do now, with the commands to paste. */
export interface NextStep extends Partial<NodeContext> {
  action: "do" | "dispatch" | "claimed" | "ask" | "check" | "wait" | "repair" | "report" | "paused";
  /** One sentence: what and why. */
  what: string;
  /** Texts of others that `what` quotes, as they were written. */
  quotes?: string[];
  /** Words in <angle brackets> are yours to fill in. */
  commands: string[];
  /** True when exactly one of the commands is to be run; else they are run in order. */
  choose?: true;
  /** For when its result or answer has come, in a later turn. */
  later?: string[];
  /** An `ask` whose answer was no: to be talked about, not to be put again as it is. */
  rejected?: true;
  /** For whoever knows that the holder of the claim is gone. */
  takeOver?: string;
  /** What to pass to the host's `sessions_spawn`, before the binding. */
  spawn?: { task: string; label: string } & SpawnSettings;
  /**
   * The token of the claim that was given, in this call or for a child that works under it. Not called `token` here and on the command line: the host
   * hides values of that name from its agents.
   */
  claim?: number;
  /** Of a child that was started: its session, and the declared files that its present attempt has not written yet. */
  child?: { sessionKey: string; missing: string[] };
  /** What a person may answer. */
  choices?: string[];
  /** JSON Schema of the data that has to come with a yes. */
  answerSchema?: Json;
  /** An approval that only a verified answer opens: what the person sends. */
  answerBy?: string;
  /** Of a report: what whoever reads it has to know, such as work without proof. */
  caveats?: string[];
  /** Of a report: an agent has made it already. */
  reported?: { by: string; at: string; message?: string };
  /** A contradiction between what was seen and what was reported. */
  conflict?: string;
  /** What a person has said yes to and is something else by now. */
  changed?: string[];
}

export interface NextFacts {
  /** How to call the helper, as the commands begin. */
  self: string;
  /** Absolute path of the run's folder. */
  folder: string;
  /** Prompts by node id, from `workflow.lock.md`. */
  prompts: ReadonlyMap<string, string>;
  /** How the children of nodes are to be started, for those of which the workflow says it. */
  spawn?: ReadonlyMap<string, SpawnSettings>;
  exists: (path: string) => boolean;
  /** Whether a declared file of a node is there and written by its present attempt. */
  isEvidence: (node: RunNode, path: string) => boolean;
  /** Nodes that are the caller's to do, by claims of this call or an earlier one. */
  claimed?: ReadonlySet<string>;
  /** Those of them that the caller held already, from an earlier call that it may have forgotten. */
  heldAlready?: ReadonlySet<string>;
  now?: Micros;
  /** Whether a gateway plugin watches what reaches the requester. */
  isWatched?: boolean;
  /** Who may answer approvals that say nothing themselves. */
  approvals?: ApprovalAccess;
}
