import { advanceRun } from "../../operations/runs/next-steps.ts";
import { DEFAULT_LEASE_MS } from "../../operations/runs/claim-nodes.ts";
import { finishNode, recordResult, type NodeEnd } from "../../operations/runs/finish-node.ts";
import { readTextIfThere } from "../../storage/file-system.ts";
import { ClawTaskError, messageOf } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, parseJson, parseJsonArgument } from "../../model/json.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { shortTime } from "../../model/time.ts";
import { callerText, NAMELESS } from "../../domain/run/anonymous-caller.ts";
import { actorOf } from "../arguments/actor.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import { wholeNumberOption } from "../arguments/number-options.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import type { Verb, VerbContext } from "../command.ts";
import { stepsJson, stepsText } from "../output/next-steps-text.ts";

/** Checks a result against its schema. Given by whoever can load the schema compiler, which is large. */
export type CheckResult = NonNullable<NodeEnd["check"]>;

const POSITIONALS = [{ name: "run_id" }, { name: "node_id" }] as const;
const RESULT_OPTIONS = [{ name: "result-json" }, { name: "result-file" }] as const;

/** Ends a node, and with `--next` takes what can be done then. */
export function finishVerb(to: "completed" | "failed", check: CheckResult): Verb {
  const verb = to === "completed" ? "complete" : "fail";
  return {
    jsonWhenPiped: false,
    spec: {
      verb,
      positionals: POSITIONALS,
      options: [
        { name: "message" },
        { name: "claim" },
        ...(to === "completed" ? RESULT_OPTIONS : []),
        { name: "next", flag: true },
        { name: "by" },
        KEY_OPTION,
      ],
    },
    run(context) {
      const { registry, args } = context;
      const runId = args.positionals["run_id"] ?? "";
      const nodeId = args.positionals["node_id"] ?? "";
      let held: RunNode | undefined;
      const committed = finishNode(registry, runId, {
        nodeId,
        to,
        before: (node) => (held = node),
        message: textOption(args, "message"),
        token: wholeNumberOption(args, "claim", verb),
        result: resultOption(context, verb),
        key: args.options["key"],
        check,
      });
      const missing = committed.events.flatMap((event) => event.missingArtifacts ?? []);
      const notices = [
        ...(missing.length > 0 ? [`${nodeId} completed without ${missing.join(", ")}: recorded as unverified`] : []),
        ...claimNotices(held, context),
      ];
      const then = args.flags.has("next")
        ? advanceRun(registry, runId, { self: context.self, by: actorOf(context), leaseMs: DEFAULT_LEASE_MS })
        : undefined;
      return {
        json: {
          ok: true,
          nodeId,
          status: statusOf(committed.state, nodeId),
          ready: readyNodes(committed.events),
          ...(missing.length === 0 ? {} : { missingArtifacts: missing }),
          runStatus: committed.state.state.status,
          ...(then === undefined ? {} : { next: stepsJson(then) }),
        },
        text: () => {
          const line = endText(committed.state, nodeId, committed.events);
          return then === undefined ? `${line}\n` : `${line}\n\n${stepsText(then)}`;
        },
        notices: [...committed.notices, ...notices],
      };
    },
  };
}

/** Without the number of the claim nothing says that whoever ends a node is the one who does it. */
function claimNotices(node: RunNode | undefined, context: VerbContext): string[] {
  const claim = node?.claim;
  if (node === undefined || claim === undefined || context.args.options["claim"] !== undefined) return [];
  const isOwn = claim.by === actorOf(context) && claim.by !== NAMELESS;
  if (isOwn || node.childSessionKey !== null) return [];
  return [
    `${node.id} was claimed by ${callerText(claim.by)} (${claim.token}), and you gave no --claim: if it was not yours, tell them`,
  ];
}

/** Writes and records `result.json` of a node that goes on. */
export function resultVerb(check: CheckResult): Verb {
  return {
    jsonWhenPiped: true,
    spec: { verb: "result", positionals: POSITIONALS, options: [...RESULT_OPTIONS, { name: "claim" }, KEY_OPTION] },
    run(context) {
      const { registry, args } = context;
      const nodeId = args.positionals["node_id"] ?? "";
      const result = resultOption(context, "result");
      if (result === undefined)
        throw usageError("one of the arguments --result-json --result-file is required", "result");
      const committed = recordResult(registry, args.positionals["run_id"] ?? "", {
        nodeId,
        result,
        token: wholeNumberOption(args, "claim", "result"),
        key: args.options["key"],
        check,
      });
      const [file] = committed.events.flatMap((event) => event.evidence ?? []);
      return {
        json: { ok: true, nodeId, file },
        text: () => `recorded ${file?.path ?? ""} (${file?.size ?? 0} bytes)\n`,
        notices: committed.notices,
      };
    },
  };
}

function resultOption({ args, registry }: VerbContext, verb: string): JsonObject | undefined {
  const path = args.options["result-file"];
  const value =
    path === undefined ? parseJsonArgument("--result-json", args.options["result-json"]) : readJson(registry, path);
  if (value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw usageError("a result is one JSON object", verb);
}

function readJson({ fs }: VerbContext["registry"], path: string): ReturnType<typeof parseJson> {
  const text = readTextIfThere(fs, path);
  if (text === undefined)
    throw new ClawTaskError("argument_missing", {
      message: `result file not found: ${path}`,
      next: "give its path from the current directory",
    });
  try {
    return parseJson(text);
  } catch (error) {
    throw new ClawTaskError("invalid_json", {
      message: `${path} is not valid JSON: ${messageOf(error)}`,
      next: "write one JSON object",
      cause: error,
    });
  }
}

function statusOf(run: RunDocument, nodeId: string): string | undefined {
  return run.state.nodes.find(({ id }) => id === nodeId)?.status;
}

function readyNodes(events: readonly RunEvent[]): string[] {
  return events.flatMap(({ event, nodeId, implied }) =>
    event === "node.ready" && implied !== true && nodeId !== undefined ? [nodeId] : [],
  );
}

/** One line: what it is now, what became ready by it, and how the run stands. */
export function endText(run: RunDocument, nodeId: string, events: readonly RunEvent[]): string {
  const node = run.state.nodes.find(({ id }) => id === nodeId);
  const ready = readyNodes(events).filter((id) => id !== nodeId);
  const again = node?.retryAt === undefined ? "" : `, tried again at ${shortTime(node.retryAt)}`;
  const { status, blockedBy } = run.state;
  const stands = blockedBy === undefined ? status : `${status}, blocked by ${blockedBy.join(", ")}`;
  return `${nodeId} is ${node?.status ?? ""}${again}${ready.length === 0 ? "" : `; ready: ${ready.join(", ")}`}; run ${run.state.runId} is ${stands}`;
}
