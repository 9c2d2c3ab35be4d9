import type { Operation } from "./operation.ts";
import { bind, unbind } from "./runs/bindings.ts";
import { brief } from "./runs/briefs.ts";
import { control } from "./runs/control.ts";
import { list } from "./runs/list.ts";
import { claim, next } from "./runs/next.ts";
import { events } from "./runs/read-events.ts";
import { complete, fail, result } from "./runs/report-node.ts";
import { emit, progress } from "./runs/reports-to-run.ts";
import { scaffold } from "./runs/scaffold.ts";
import { show } from "./runs/show.ts";
import { tick } from "./runs/tick-run.ts";
import { transitionNode } from "./runs/transition-node.ts";
import { validate } from "./runs/validate-run.ts";

/** Every operation by its name, for surfaces that call by name. The entries are in the order of their names. */
export const OPERATIONS = {
  "runs.bind": bind,
  "runs.brief": brief,
  "runs.claim": claim,
  "runs.complete": complete,
  "runs.control": control,
  "runs.emit": emit,
  "runs.events": events,
  "runs.fail": fail,
  "runs.list": list,
  "runs.next": next,
  "runs.progress": progress,
  "runs.result": result,
  "runs.scaffold": scaffold,
  "runs.show": show,
  "runs.tick": tick,
  "runs.transition-node": transitionNode,
  "runs.unbind": unbind,
  "runs.validate": validate,
} as const satisfies Readonly<Record<string, Operation<never>>>;

export type OperationName = keyof typeof OPERATIONS;
