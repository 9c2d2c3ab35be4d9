import type { StatablePhase } from "../../registry-helper/internal.ts";
import { getTitleMeaning } from "./tool-phases.ts";

/** What an agent shows of its plan: the host's progress card, or the plan of an external harness. */
export interface ProgressCard {
  steps: readonly { step: string; status: string }[];
  /** Markdown. */
  note: string | undefined;
}

/** Steps of a plan are written for people: more words than in the titles of tools. */
const BY_STEP: readonly (readonly [RegExp, StatablePhase])[] = [
  [/^\W*(inspect|investigate|understand|explore|review|study|analy[sz]e)\b/i, "reading_context"],
  [/^\W*(research|gather|collect|compare|look up)\b/i, "researching"],
  [/^\W*(plan|design|outline|decide)\b/i, "planning"],
  [/^\W*(fix|repair|implement|add|change|refactor|remove|replace|rewrite|migrate|draft)\b/i, "editing"],
  [/^\W*(summari[sz]e|report|write up|answer|present)\b/i, "summarizing"],
  [/\b(verification|verifying|validate|tests?)\b/i, "testing"],
];

/** The phase and the update that a card says. Undefined for one that says nothing, as when it is cleared. */
export function describeCard({ steps, note }: ProgressCard): { phase?: StatablePhase; update: string } | undefined {
  const words = note === undefined ? undefined : findFirstSentence(note);
  const done = steps.filter(({ status }) => status === "completed").length;
  const current = steps.find(({ status }) => status === "in_progress");
  const next = current ?? steps.find(({ status }) => status !== "completed");
  const plan = next === undefined ? undefined : `${done}/${steps.length}: ${next.step}`;
  const whole = steps.length === 0 ? words : (plan ?? `${done}/${steps.length} done`);
  if (whole === undefined) return undefined;
  const phase = findPhase(steps.length, { done, current: current?.step });
  return {
    ...(phase === undefined ? {} : { phase }),
    update: steps.length === 0 || words === undefined ? whole : `${whole} (${words})`,
  };
}

function findPhase(
  total: number,
  { done, current }: { done: number; current: string | undefined },
): StatablePhase | undefined {
  if (current !== undefined)
    return BY_STEP.find(([pattern]) => pattern.test(current))?.[1] ?? getTitleMeaning(current).phase;
  if (total === 0) return undefined;
  return done === total ? "summarizing" : done === 0 ? "planning" : undefined;
}

/** The first line of a note that is a sentence: progress bars and tables are left out. */
function findFirstSentence(markdown: string): string | undefined {
  return markdown
    .split("\n")
    .map((line) =>
      line
        .replace(/<[^>]*>/g, "")
        .replace(/[*_`#>]+/g, "")
        .trim(),
    )
    .find((line) => line !== "" && !line.startsWith("|"));
}
