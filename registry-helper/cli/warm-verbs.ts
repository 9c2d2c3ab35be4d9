import type { Verb } from "./verb.ts";
import { brief, claim } from "./verbs/claim.ts";
import { controlVerbs } from "./verbs/control.ts";
import { events } from "./verbs/events.ts";
import { finishVerb, resultVerb } from "./verbs/finish.ts";
import { next } from "./verbs/next.ts";
import { checkResult } from "./verbs/result-check.ts";
import { emit, unbind } from "./verbs/run-changes.ts";
import { scaffold } from "./verbs/scaffold.ts";
import { show } from "./verbs/show.ts";

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
