import type { Command } from "./command.ts";
import { flowsCancel } from "./commands/flows-cancel.ts";
import {
  flowsBlock,
  flowsFail,
  flowsFinish,
  flowsOutput,
  flowsResume,
  flowsRunTask,
  flowsUpdate,
  flowsWait,
} from "./commands/flows-change.ts";
import { flowsCreate } from "./commands/flows-create.ts";
import { flowsList } from "./commands/flows-list.ts";
import { flowsShow } from "./commands/flows-show.ts";

/** Everything about flows, by its name on the command line. */
export const flowCommands: Readonly<Record<string, Command>> = {
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
