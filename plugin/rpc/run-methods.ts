import { type Json, type OperationInput, omitUndefined, parseJsonArgument } from "../../registry-helper/internal.ts";
import { type HostRecord, textIn } from "../host/untyped-fields.ts";
import {
  method,
  numberParam,
  type OperationMethod,
  type ParamTable,
  requiredParam,
  textParam,
} from "./method-params.ts";

const run = { ...requiredParam, as: "runId" } as const;
const node = { ...requiredParam, as: "nodeId" } as const;
const messageParams = { message: textParam, by: textParam, key: textParam } as const;
const answerParams = { choice: textParam, dataJson: textParam } as const;

type Control = OperationInput<"runs.control">;

const controlMethod = (command: string, action: Control["action"], params: ParamTable): OperationMethod =>
  method(
    "runs.control",
    "write",
    { run, ...params },
    { name: `runs.${command}`, toInput: (input) => toControl(action, input) },
  );

function toControl(action: Control["action"], input: HostRecord): Control {
  const { choice: _choice, dataJson: _data, ...rest } = input;
  const isAnswer = action === "approve" || action === "reject";
  return { ...(rest as Pick<Control, "runId">), action, ...(isAnswer ? { patch: toAnswer(input) } : {}) };
}

function toAnswer(input: HostRecord): Json {
  const data = parseJsonArgument("--data-json", textIn(input, "dataJson"));
  return omitUndefined({ choice: textIn(input, "choice"), data: data ?? undefined });
}

/** Methods about runs; `clawtask.runs.<verb>`. */
export const RUN_METHODS: readonly OperationMethod[] = [
  method("runs.list", "read", { status: textParam, workflow: textParam, session: textParam, limit: numberParam }),
  method("runs.show", "read", { run }),
  method("runs.next", "read", { run }),
  method("runs.events", "read", { run, after: numberParam, limit: numberParam }),
  ...(["pause", "resume", "cancel"] as const).map((action) => controlMethod(action, action, messageParams)),
  ...(["retry", "skip"] as const).map((action) => controlMethod(action, action, { node, ...messageParams })),
  ...(["approve", "reject"] as const).map((action) =>
    controlMethod(action, action, { node, ...messageParams, ...answerParams }),
  ),
  controlMethod("note", "note", { message: requiredParam, nodeId: textParam, by: textParam }),
  controlMethod("send-message", "send_message", { message: requiredParam, by: textParam, key: textParam }),
  method("runs.tick", "write", { run }),
];
