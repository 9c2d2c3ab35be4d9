import type { Command } from "./command.ts";
import { completeCommand, failCommand, resultCommand } from "./commands/complete-fail-result.ts";
import { controlCommands } from "./commands/control.ts";
import { briefCommand, claimCommand, nextCommand } from "./commands/next.ts";
import {
  bindCommand,
  emitCommand,
  progressCommand,
  spawnedCommand,
  transitionNodeCommand,
  unbindCommand,
} from "./commands/node-reports.ts";
import { scaffoldCommand } from "./commands/scaffold.ts";
import { eventsCommand, showCommand } from "./commands/show.ts";

/**
 * The commands that drive a run. They start without YAML, schema compiler and SQLite: an agent calls them many times,
 * so their cost is the start of Node and one commit (npm run bench). What needs one of these compiles it when it is
 * called (build/bundle-helper.ts, PARTS).
 */
export const startupCommands: Readonly<Record<string, Command>> = {
  scaffold: scaffoldCommand,
  show: showCommand,
  next: nextCommand,
  claim: claimCommand,
  brief: briefCommand,
  complete: completeCommand,
  fail: failCommand,
  result: resultCommand,
  ...controlCommands,
  spawned: spawnedCommand,
  unbind: unbindCommand,
  emit: emitCommand,
  events: eventsCommand,
  bind: bindCommand,
  "transition-node": transitionNodeCommand,
  progress: progressCommand,
};
