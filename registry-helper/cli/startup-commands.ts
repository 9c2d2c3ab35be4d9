import type { Command } from "./command.ts";
import { bind } from "./commands/bind.ts";
import { checkResult } from "./commands/check-result-schema.ts";
import { brief, claim } from "./commands/claim.ts";
import { finishCommand, resultCommand } from "./commands/complete-fail-result.ts";
import { controlCommands } from "./commands/control.ts";
import { events } from "./commands/events.ts";
import { next } from "./commands/next.ts";
import { progress } from "./commands/progress.ts";
import { scaffold } from "./commands/scaffold.ts";
import { show } from "./commands/show.ts";
import { transitionNode } from "./commands/transition-node.ts";
import { emit, unbind } from "./commands/unbind-emit.ts";

/**
 * The commands that drive a run. They start without YAML, schema compiler and SQLite: an agent calls them many times,
 * so their cost is the start of Node and one commit (npm run bench). What needs one of these compiles it when it is
 * called (build/bundle-helper.ts, PARTS).
 */
export const startupCommands: Readonly<Record<string, Command>> = {
  scaffold,
  show,
  next,
  claim,
  brief,
  complete: finishCommand("completed", checkResult),
  fail: finishCommand("failed", checkResult),
  result: resultCommand(checkResult),
  ...controlCommands,
  unbind,
  emit,
  events,
  bind,
  "transition-node": transitionNode,
  progress,
};
