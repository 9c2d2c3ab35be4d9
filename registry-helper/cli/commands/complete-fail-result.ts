import { formatCaller, ANONYMOUS_CALLER } from "../../domain/run/anonymous-caller.ts";
import { ClawTaskError, getErrorMessage } from "../../model/errors.ts";
import { isJsonObject, type JsonObject, parseJson, parseJsonArgument } from "../../model/json.ts";
import type { RunDocument, RunNode } from "../../model/run-documents.ts";
import type { RunEvent } from "../../model/run-events.ts";
import { shortTime } from "../../model/time.ts";
import { DEFAULT_LEASE_MS } from "../../operations/runs/claim-nodes.ts";
import { finishNode, recordResult, type NodeEnd } from "../../operations/runs/finish-node.ts";
import { advanceRun } from "../../operations/runs/next-steps.ts";
import { toStepsDocument } from "../../operations/runs/steps-document.ts";
import { readTextIfExists } from "../../storage/file-system.ts";
import { getActor } from "../arguments/actor.ts";
import { KEY_OPTION, textOption } from "../arguments/common-options.ts";
import { wholeNumberOption } from "../arguments/number-options.ts";
import { usageError } from "../arguments/parse-arguments.ts";
import type { Command, CommandContext } from "../command.ts";
import { stepsText } from "../output/next-steps-text.ts";

/** Checks a result against its schema. Given by whoever can load the schema compiler, which is large. */
export type CheckResult = NonNullable<NodeEnd["check"]>;

const POSITIONALS = [{ name: "run_id" }, { name: "node_id" }] as const;
const RESULT_OPTIONS = [{ name: "result-json" }, { name: "result-file" }] as const;

/** Ends a node, and with `--next` takes what can be done then. */
export function finishCommand(to: "completed" | "failed", check: CheckResult): Command {
  const command = to === "completed" ? "complete" : "fail";
  return {
    jsonWhenPiped: false,
    spec: {
      command,
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
        token: wholeNumberOption(args, "claim", command),
        result: resultOption(context, command),
        key: args.options["key"],
        check,
      });
      const missing = committed.events.flatMap((event) => event.missingArtifacts ?? []);
      const notices = [
        ...(missing.length > 0 ? [`${nodeId} completed without ${missing.join(", ")}: recorded as unverified`] : []),
        ...claimNotices(held, context),
      ];
      const then = args.flags.has("next")
        ? advanceRun(registry, runId, { self: context.self, by: getActor(context), leaseMs: DEFAULT_LEASE_MS })
        : undefined;
      return {
        json: {
          ok: true,
          nodeId,
          status: findNodeStatus(committed.state, nodeId),
          ready: readyNodes(committed.events),
          ...(missing.length === 0 ? {} : { missingArtifacts: missing }),
          runStatus: committed.state.state.status,
          ...(then === undefined ? {} : { next: toStepsDocument(then) }),
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
function claimNotices(node: RunNode | undefined, context: CommandContext): string[] {
  const claim = node?.claim;
  if (node === undefined || claim === undefined || context.args.options["claim"] !== undefined) return [];
  const isOwn = claim.by === getActor(context) && claim.by !== ANONYMOUS_CALLER;
  if (isOwn || node.childSessionKey !== null) return [];
  return [
    `${node.id} was claimed by ${formatCaller(claim.by)} (${claim.token}), and you gave no --claim: if it was not yours, tell them`,
  ];
}

/** Writes and records `result.json` of a node that goes on. */
export function resultCommand(check: CheckResult): Command {
  return {
    jsonWhenPiped: true,
    spec: { command: "result", positionals: POSITIONALS, options: [...RESULT_OPTIONS, { name: "claim" }, KEY_OPTION] },
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

function resultOption({ args, registry }: CommandContext, command: string): JsonObject | undefined {
  const path = args.options["result-file"];
  const value =
    path === undefined ? parseJsonArgument("--result-json", args.options["result-json"]) : readJson(registry, path);
  if (value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw usageError("a result is one JSON object", command);
}

function readJson({ fs }: CommandContext["registry"], path: string): ReturnType<typeof parseJson> {
  const text = readTextIfExists(fs, path);
  if (text === undefined)
    throw new ClawTaskError("argument_missing", {
      message: `result file not found: ${path}`,
      remedy: { hint: "give its path from the current directory" },
    });
  try {
    return parseJson(text);
  } catch (error) {
    throw new ClawTaskError("invalid_json", {
      message: `${path} is not valid JSON: ${getErrorMessage(error)}`,
      remedy: { hint: "write one JSON object" },
      cause: error,
    });
  }
}

function findNodeStatus(run: RunDocument, nodeId: string): string | undefined {
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
