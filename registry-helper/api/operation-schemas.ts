/** What each operation takes, checked by `validate`. The compiler compares the schemas with the operations' own types. */
import { type Static, type TObject, Type } from "@sinclair/typebox";
import { BIND_KINDS } from "../domain/run/commands.ts";
import { CONTROL_ACTIONS } from "../domain/run/control-actions.ts";
import { TARGET_STATUSES } from "../domain/run/state/node-transitions.ts";
import { FINDING_CODES, SEVERITIES } from "../domain/task/audit-findings.ts";
import { TEMPLATES } from "../domain/workflow/templates.ts";
import { DELIVERY_STATES } from "../model/delivery-record.ts";
import { FLOW_STATUSES } from "../model/flow-record.ts";
import { TASK_RUNTIMES } from "../model/task-record.ts";
import { BLOCK_REASONS, NOTIFY_POLICIES, STATABLE_PHASES, TASK_PHASES } from "../model/task-status.ts";
import type { OperationName } from "../operations/catalog.ts";
import type { OperationInput } from "../operations/operation-types.ts";
import { LISTED_STATUSES } from "../operations/runs/run-reports.ts";
import { LISTED_TASK_STATUSES } from "../operations/tasks/match-tasks.ts";
import { REPORTED_BLOCKS } from "../operations/tasks/report.ts";
import { ROOT_SOURCES } from "../registry/resolve-root.ts";
import { TASK_GROUPINGS } from "../views/reports/task-stats.ts";
import { anyText, change, flag, key, object, choice, pageSize, text } from "./schema-parts.ts";
import { JsonSchema } from "./validate.ts";

const runId = text("the id of a run");
const nodeId = text("the id of a node");
const task = text("a task: its id or the last part of it, its host run id or its child session key");
const someText = Type.Optional(anyText);
const someName = Type.Optional(text());
const someFlag = Type.Optional(flag);
const someTexts = Type.Optional(Type.Array(text(), { description: "a list of texts" }));
const someJson = Type.Optional(JsonSchema);
const params = Type.Optional(Type.Record(Type.String(), JsonSchema, { description: "an object of JSON values" }));
const by = someName;
const since = Type.Optional(text("a time such as 7d, a day or an ISO time"));
const limit = Type.Optional(pageSize);
const count = Type.Optional(Type.Integer({ minimum: 0, description: "a whole number" }));
const positive = Type.Optional(Type.Integer({ minimum: 1, description: "a whole number from 1 on" }));
const milliseconds = Type.Number({ exclusiveMinimum: 0, description: "a number of milliseconds" });
const runtime = Type.Optional(choice(TASK_RUNTIMES));
const flowChange = { ...change, flow: text("a flow: its id or the last part of it, run:<run id>, or its owner") };
const step = someName;
const nodeEnd = { runId, nodeId, message: someText, claim: positive, claimNext: someFlag, by, key };
const binding = { runId, kind: choice(BIND_KINDS), nodeId: Type.Optional(nodeId), message: someText, key };
const results = { ...change, refs: someTexts, all: someFlag, runtime, since };

/** @internal */
export const OPERATION_SCHEMAS = {
  "flows.block": object({ ...flowChange, reason: text("a reason"), step }),
  "flows.cancel": object({ ...flowChange, reason: someText }),
  "flows.create": object({
    title: text("a title"),
    goal: someText,
    owner: someName,
    deliveryContext: someJson,
    notify: Type.Optional(choice(NOTIFY_POLICIES)),
    step,
    key,
  }),
  "flows.fail": object({ ...flowChange, error: text("what went wrong") }),
  "flows.finish": object({ ...flowChange, result: someText }),
  "flows.list": object({ status: Type.Optional(choice(FLOW_STATUSES)), owner: someText, limit }),
  "flows.output": object({ ...flowChange, name: text("a name"), value: JsonSchema, append: someFlag }),
  "flows.resume": object({ ...flowChange, step }),
  "flows.run-task": object({
    ...flowChange,
    task: Type.Optional(task),
    runId: someName,
    childSessionKey: someName,
    runtime,
    label: someText,
    text: someText,
    started: someFlag,
    step,
  }),
  "flows.show": object({ flow: flowChange.flow, related: someFlag }),
  "flows.update": object({ ...flowChange, update: someText, step }),
  "flows.wait": object({
    ...flowChange,
    task: Type.Optional(task),
    event: someName,
    until: Type.Optional(text("a time such as 30m, 12h, 7d or an ISO time")),
    manual: someFlag,
    note: someText,
    step,
  }),
  "registry.archive": object({
    runIds: someTexts,
    olderThanMs: Type.Optional(milliseconds),
    undo: someFlag,
    by,
    expectedRevision: change.expectedRevision,
  }),
  "registry.attention": object({ session: someText, limit }),
  "registry.doctor": object({ rootSource: Type.Optional(choice(ROOT_SOURCES)), pluginRoot: someName }),
  "registry.prune": object({ retentionMs: milliseconds, apply: someFlag }),
  "registry.repair": object({ runId: Type.Optional(runId), all: someFlag, apply: someFlag, acceptChanges: someFlag }),
  "registry.status": object({ limit }),
  "registry.verify": object({ runId: Type.Optional(runId) }),
  "runs.bind": object({ ...binding, value: someText, payload: someJson }),
  "runs.brief": object({ runId, nodeId }),
  "runs.claim": object({
    runId,
    nodeIds: Type.Array(nodeId, { description: "a list of ids of nodes" }),
    leaseMs: positive,
    claim: positive,
    by,
    key,
  }),
  "runs.compare": object({ runA: runId, runB: runId }),
  "runs.complete": object({ ...nodeEnd, result: someJson }),
  "runs.control": object({
    ...change,
    runId,
    action: choice(CONTROL_ACTIONS.filter((action) => action !== "tick")),
    nodeId: Type.Optional(nodeId),
    message: someText,
    patch: someJson,
    usesFirstChoice: someFlag,
    by,
    claimNext: someFlag,
  }),
  "runs.emit": object({ runId, event: text("the name of an event"), payload: someJson, by, key }),
  "runs.end-nodes": object({
    runId,
    to: choice(["completed", "failed"] as const),
    nodes: Type.Array(object({ nodeId, message: someText, claim: positive }), { description: "a list of nodes" }),
    claimNext: someFlag,
    by,
    key,
  }),
  "runs.events": object({ runId, after: count, limit: count }),
  "runs.export": object({ runId, out: someName }),
  "runs.fail": object(nodeEnd),
  "runs.fork": object({ runId, from: nodeId, newRunId: someName, route: someName, by, key, params }),
  "runs.list": object({
    status: Type.Optional(choice(LISTED_STATUSES)),
    workflow: someName,
    session: someText,
    since,
    search: someText,
    archived: someFlag,
    limit,
  }),
  "runs.next": object({ runId, claim: someFlag, limit: positive, all: someFlag, leaseMs: positive, by }),
  "runs.progress": object({ runId, message: anyText, payload: someJson, key }),
  "runs.reported": object({ runId, message: someText, by, key }),
  "runs.result": object({ runId, nodeId, result: someJson, claim: positive, key }),
  "runs.scaffold": object({
    runId,
    workflowPath: text("the path of a workflow"),
    specFile: someName,
    sourceSessionKey: someName,
    sourceAgentId: someName,
    rootSessionKey: someName,
    plannerSessionKey: someName,
    driverSessionKey: someName,
    deliveryContext: someJson,
    params,
    strict: someFlag,
    claimNext: someFlag,
    key,
  }),
  "runs.show": object({ runId, at: someName }),
  "runs.spawned": object({
    runId,
    children: Type.Array(object({ nodeId, childSessionKey: text("the session key of a child") }), {
      description: "a list of nodes with their children",
    }),
    claimNext: someFlag,
    by,
    key,
  }),
  "runs.stats": object({ workflow: someName, by: Type.Optional(choice(TASK_GROUPINGS)), since }),
  "runs.tick": object({ runId: Type.Optional(runId), all: someFlag, expectedRevision: change.expectedRevision }),
  "runs.timeline": object({ runId }),
  "runs.transition-node": object({
    runId,
    nodeId,
    status: choice(TARGET_STATUSES),
    message: someText,
    payload: someJson,
    key,
  }),
  "runs.unbind": object(binding),
  "runs.validate": object({ runId }),
  "runs.verify-export": object({ file: text("the path of a file") }),
  "runs.waking": object({ runId, cron: someName, key }),
  "tasks.audit": object({
    code: Type.Optional(choice(FINDING_CODES)),
    severity: Type.Optional(choice(SEVERITIES)),
    limit,
  }),
  "tasks.cancel": object({ ...change, task, reason: someText }),
  "tasks.cancel-status": object({ task }),
  "tasks.dismiss": object({ ...results, reason: someText }),
  "tasks.list": object({
    runtime,
    status: Type.Optional(choice(LISTED_TASK_STATUSES)),
    phase: Type.Optional(choice(TASK_PHASES)),
    delivery: Type.Optional(choice(DELIVERY_STATES)),
    block: Type.Optional(choice(BLOCK_REASONS)),
    needs: someFlag,
    agent: someText,
    label: someText,
    owner: someText,
    flow: someName,
    run: someName,
    since,
    search: someText,
    all: someFlag,
    before: someName,
    limit,
  }),
  "tasks.maintenance": object({
    apply: someFlag,
    acceptChanges: someFlag,
    retentionMs: Type.Optional(Type.Number({ minimum: 0, description: "a number of milliseconds" })),
  }),
  "tasks.notify": object({ ...change, task, policy: choice(NOTIFY_POLICIES) }),
  "tasks.report": object({
    ...change,
    task: Type.Optional(task),
    phase: Type.Optional(choice(STATABLE_PHASES)),
    block: Type.Optional(choice(REPORTED_BLOCKS)),
    update: someText,
    next: someText,
    artifacts: someTexts,
  }),
  "tasks.retry": object({ ...results, to: someName }),
  "tasks.show": object({ task, context: someFlag, related: someFlag }),
  "workflows.graph": object({ workflow: someName, run: someName }),
  "workflows.list": object({}),
  "workflows.new": object({ name: text("a name"), template: Type.Optional(choice(TEMPLATES)), title: someText }),
  "workflows.show": object({ workflow: text("the name or the path of a workflow") }),
  "workflows.validate": object({ workflows: someTexts, strict: someFlag }),
} satisfies Record<OperationName, TObject>;

type RequiredKeys<Type> = { [Key in keyof Type]-?: object extends Pick<Type, Key> ? never : Key }[keyof Type];
type Keys<Type> = { [Key in keyof Type]-?: Key extends RequiredKeys<Type> ? "required" : "optional" };
type IsSame<A, B> = [A, B] extends [B, A] ? true : false;

/** Operations whose schema has other properties than their input, or lets something pass that is no such input. */
type Differing = {
  [Name in OperationName]: [
    IsSame<Keys<Static<(typeof OPERATION_SCHEMAS)[Name]>>, Keys<OperationInput<Name>>>,
    Static<(typeof OPERATION_SCHEMAS)[Name]> extends OperationInput<Name> ? true : false,
  ] extends [true, true]
    ? never
    : Name;
}[OperationName];
type AssertNone<Names extends never> = Names;
/** @internal Does not compile when a schema and its operation differ; the error names the operation. */
export type NoneDiffers = AssertNone<Differing>;
