import type { Verb } from "./command.ts";
import { brief, claim } from "./commands/claim.ts";
import { controlVerbs } from "./commands/control.ts";
import { events } from "./commands/events.ts";
import { finishVerb, resultVerb } from "./commands/complete-fail-result.ts";
import { next } from "./commands/next.ts";
import { checkResult } from "./commands/check-result-schema.ts";
import { emit, unbind } from "./commands/unbind-emit.ts";
import { scaffold } from "./commands/scaffold.ts";
import { show } from "./commands/show.ts";

/**
 * The other verbs that a run is driven with. Like the hot ones they start without YAML, schema compiler and SQLite;
 * in the bundle, what needs one of these compiles it when it is called (build/bundle-helper.ts, PARTS).
 */
export const warmVerbs: Readonly<Record<string, Verb>> = {
  scaffold,
  show,
  next,
  claim,
  brief,
  complete: finishVerb("completed", checkResult),
  fail: finishVerb("failed", checkResult),
  result: resultVerb(checkResult),
  ...controlVerbs,
  unbind,
  emit,
  events,
};
