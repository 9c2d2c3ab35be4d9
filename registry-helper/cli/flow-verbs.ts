import type { Verb } from "./verb.ts";
import { flowsCancel } from "./verbs/flows-cancel.ts";
import {
  flowsBlock,
  flowsFail,
  flowsFinish,
  flowsOutput,
  flowsResume,
  flowsRunTask,
  flowsUpdate,
  flowsWait,
} from "./verbs/flows-change.ts";
import { flowsCreate } from "./verbs/flows-create.ts";
import { flowsList } from "./verbs/flows-list.ts";
import { flowsShow } from "./verbs/flows-show.ts";

/** Everything about flows, by its name on the command line. */
export const flowVerbs: Readonly<Record<string, Verb>> = {
  "flows list": flowsList,
  "flows show": flowsShow,
  "flows create": flowsCreate,
  "flows run-task": flowsRunTask,
  "flows wait": flowsWait,
  "flows resume": flowsResume,
  "flows output": flowsOutput,
  "flows update": flowsUpdate,
  "flows block": flowsBlock,
  "flows finish": flowsFinish,
  "flows fail": flowsFail,
  "flows cancel": flowsCancel,
};
