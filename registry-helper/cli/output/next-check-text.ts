import type { NextCheck } from "../../domain/run/next/next-check.ts";
import { shortTime } from "../../model/time.ts";
import { wrap } from "./table.ts";

/** When a run has to be looked at again where nobody watches it. */
export function wakeText({ at, why }: NextCheck): string {
  return wrap(`Look again at ${shortTime(at)}, if nothing wakes you before: ${why}.`, "");
}
