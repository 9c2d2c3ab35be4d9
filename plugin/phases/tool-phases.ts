import type { BlockReason, StatablePhase } from "../../registry-helper/internal.ts";

/** What the use of a tool says about the work. */
export interface ToolMeaning {
  phase: StatablePhase | undefined;
  blockReason?: BlockReason;
}

const BY_TOOL: Readonly<Record<string, StatablePhase>> = {
  read: "reading_context",
  ls: "reading_context",
  find: "reading_context",
  grep: "reading_context",
  glob: "reading_context",
  memory_search: "reading_context",
  memory_get: "reading_context",
  sessions_history: "reading_context",
  session_status: "reading_context",
  image: "reading_context",
  pdf: "reading_context",
  web_search: "researching",
  web_fetch: "researching",
  x_search: "researching",
  browser: "researching",
  update_plan: "planning",
  write: "editing",
  edit: "editing",
  apply_patch: "editing",
  image_generate: "editing",
  video_generate: "editing",
  music_generate: "editing",
  message: "summarizing",
  sessions_send: "summarizing",
};

/** Tools by which an agent hands over and waits. */
const WAITING: Readonly<Record<string, ToolMeaning>> = {
  sessions_yield: { phase: "waiting_dependency", blockReason: "subagent" },
  ask_user: { phase: "waiting_user", blockReason: "user_input" },
  ask_question: { phase: "waiting_user", blockReason: "user_input" },
};

/** Shell commands by their first words; anything else may be anything. */
const BY_COMMAND: readonly (readonly [RegExp, StatablePhase])[] = [
  [
    /\b(npm (run )?(test|lint|check)|npx (vitest|jest|eslint|tsc)|vitest|jest|pytest|tox|cargo (test|check|clippy)|go (test|vet)|make (test|check)|tsc|eslint|ruff|mypy|ctest|rspec)\b/,
    "testing",
  ],
  [
    /^\s*(cat|head|tail|less|ls|tree|grep|rg|find|fd|wc|file|stat|git (log|show|diff|status|blame)|sed -n)\b/,
    "reading_context",
  ],
  [/^\s*(curl|wget|lynx|gh (search|api|issue|pr))\b/, "researching"],
  [/^\s*(git (add|commit|apply|merge|rebase|cherry-pick)|sed -i|patch|mv|cp|rm|mkdir|touch|tee)\b/, "editing"],
];

/** The titles of an external agent's tools begin with a verb; what it is about ("Edit tests/a.ts") counts last. */
const BY_TITLE: readonly (readonly [RegExp, StatablePhase])[] = [
  [/^\W*(read|open|view|list|cat|look)\b/i, "reading_context"],
  [/^\W*(search|grep|find|fetch|browse|google|web)\b/i, "researching"],
  [/^\W*(edit|write|create|patch|apply|update|delete|move|rename)\b/i, "editing"],
  [/^\W*(plan|think)\b/i, "planning"],
  [/\b(test|tests|lint|build|check|verify)\b/i, "testing"],
];

/** What the call of a tool means. A tool that says nothing about the phase leaves it as it is. */
export function getToolMeaning(tool: string, command: string | undefined): ToolMeaning {
  const waiting = WAITING[tool];
  if (waiting !== undefined) return waiting;
  if (tool === "exec" || tool === "bash" || tool === "shell") return { phase: firstMatch(BY_COMMAND, command ?? "") };
  return { phase: BY_TOOL[tool] };
}

export function getTitleMeaning(title: string): ToolMeaning {
  return { phase: firstMatch(BY_TITLE, title) };
}

function firstMatch(table: readonly (readonly [RegExp, StatablePhase])[], text: string): StatablePhase | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1];
}
