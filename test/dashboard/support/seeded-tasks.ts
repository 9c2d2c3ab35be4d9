import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type DeliveryReport, parseDayFromId, timeOrderedId } from "../../../registry-helper/internal.ts";
import type { TaskEnding, TaskFacts, TaskStep } from "../../../registry-helper/model/task-events.ts";
import type { TaskRuntime } from "../../../registry-helper/model/task-record.ts";
import { DAY, HOUR, LedgerFixture, MINUTE } from "../../support/ledger-fixture.ts";
import type { RegistrySandbox } from "../../support/registry-sandbox.ts";
import { HOSTILE_MARKDOWN, HOSTILE_TITLE } from "./hostile-texts.ts";

const OWNERS = ["agent:main:main", "agent:main:telegram:direct:42", "agent:ops:discord:channel:7"];

/** A task as a story: what happens when, in minutes before now. */
interface Story {
  name: string;
  startedAgo: number;
  runtime: TaskRuntime;
  label: string;
  task?: string;
  facts?: TaskFacts;
  steps?: readonly [number, TaskStep][];
  isQueued?: boolean;
  end?: readonly [number, TaskEnding];
  reports?: readonly [number, DeliveryReport][];
  lostAgo?: number;
  cancelAgo?: number;
}

export type SeededTasks = Readonly<Record<string, string>>;

/** Sixty and more tasks of all runtimes, in every state of work and delivery. Returns ids by name. */
export function seedTasks(root: string): SeededTasks {
  const ledger = new LedgerFixture({ root } as unknown as RegistrySandbox);
  const now = Date.now();
  const ids: Record<string, string> = {};
  const deeds: { ago: number; order: number; run: () => void }[] = [];
  for (const [index, story] of [...STORIES, ...everyday()].entries()) {
    const taskId = timeOrderedId("t", now - story.startedAgo * MINUTE, (index + 1) / 1_000);
    ids[story.name] = taskId;
    const at = (ago: number, run: () => void): void => void deeds.push({ ago: ago * MINUTE, order: deeds.length, run });
    at(story.startedAgo, () => ledger.signal(taskId, toStartSignal(story, index), story.startedAgo * MINUTE));
    for (const [ago, step] of story.steps ?? []) at(ago, () => ledger.signal(taskId, { step }, ago * MINUTE));
    const { end, lostAgo, cancelAgo } = story;
    if (end !== undefined) at(end[0], () => ledger.signal(taskId, { ending: end[1] }, end[0] * MINUTE));
    for (const [ago, report] of story.reports ?? [])
      at(ago, () => void ledger.do({ type: "report_delivery", taskId, source: "outbox", report }, ago * MINUTE));
    if (lostAgo !== undefined) {
      const reason = "nothing has worked on it for 5 minutes, and the host does not know it";
      at(lostAgo + 6, () => ledger.signal(taskId, { isBacked: false }, (lostAgo + 6) * MINUTE));
      at(
        lostAgo,
        () => void ledger.do({ type: "declare_lost", taskId, source: "reconciler", reason }, lostAgo * MINUTE),
      );
    }
    if (cancelAgo !== undefined) {
      at(
        cancelAgo,
        () =>
          void ledger.do(
            { type: "request_cancel", taskId, source: "cli", by: "ana", reason: "not needed" },
            cancelAgo * MINUTE,
          ),
      );
      at(
        cancelAgo - 0.1,
        () =>
          void ledger.do(
            {
              type: "answer_cancel",
              taskId,
              source: "cancel",
              outcome: "refused",
              reason: "the host has no live owner for a media job",
            },
            (cancelAgo - 0.1) * MINUTE,
          ),
      );
    }
  }
  // A day's journal is written in the order of time.
  deeds.sort((one, other) => other.ago - one.ago || one.order - other.order);
  for (const { run } of deeds) run();
  // A disk that lied: one line of a day in the past cannot be read.
  const file = `ledger/${parseDayFromId(ids["everyday-3"] ?? "") ?? ""}.jsonl`;
  appendFileSync(join(root, file), "{ not a line\n");
  return ids;
}

function toStartSignal(story: Story, index: number): { names: string[]; facts: TaskFacts; started: boolean } {
  const owner = story.facts?.requesterSessionKey ?? OWNERS[index % OWNERS.length] ?? "agent:main:main";
  const session = story.facts?.childSessionKey ?? `agent:main:${story.runtime}:${story.name}`;
  return {
    names: [`run:host-${story.name}`, `session:${session}`],
    facts: {
      runtime: story.runtime,
      label: story.label,
      task: story.task ?? `${story.label}. Say what you did, with addresses.`,
      requesterSessionKey: owner,
      childSessionKey: session,
      runId: `host-${story.name}`,
      agentId: "main",
      model: "gpt-5.2",
      sessionId: `5f0c-${story.name}`,
      route: { channel: "telegram", to: "telegram:42", sessionKey: owner },
      usage: { input: 18_400, output: 2_150 },
      ...story.facts,
    },
    started: story.isQueued !== true,
  };
}

const RESULT = `**Done.** 12 invoices of May are filed.

- 11 match their order
- one is a duplicate: [INV-2044](https://example.org/invoices/2044)

| supplier | sum |
| --- | ---: |
| Acme | 1,204.00 € |
| Globex | 88.50 € |
`;

const STORIES: readonly Story[] = [
  {
    name: "undelivered",
    startedAgo: 52,
    runtime: "subagent",
    label: "File the invoices of May",
    steps: [
      [50, { phase: "reading_context", update: "reading 12 mails" }],
      [45, { phase: "editing", update: "filing invoice 7 of 12" }],
    ],
    end: [40, { status: "succeeded", result: RESULT }],
    reports: [
      [39, { kind: "host_silent", reason: "the host announced nothing" }],
      [38, { kind: "sending", sentText: "Done." }],
      [38, { kind: "refused", reason: "telegram: chat not found (400)", final: true }],
    ],
  },
  {
    name: "ambiguous",
    startedAgo: 95,
    runtime: "acp",
    label: "Port the parser to the new grammar",
    end: [80, { status: "succeeded", result: "Ported; 214 tests pass." }],
    reports: [
      [79, { kind: "host_silent", reason: "the host announced nothing" }],
      [79, { kind: "sending" }],
      [78, { kind: "unknown", reason: "the gateway ended while the message was on its way" }],
    ],
  },
  {
    name: "delivered",
    startedAgo: 130,
    runtime: "subagent",
    label: "Compare three hosting offers",
    steps: [
      [128, { phase: "researching", update: "reading the price lists" }],
      [120, { phase: "summarizing", update: "writing the table" }],
    ],
    end: [115, { status: "succeeded", result: RESULT }],
    reports: [[114, { kind: "host_confirmed", receipt: "telegram message 8841" }]],
  },
  {
    name: "session",
    startedAgo: 150,
    runtime: "subagent",
    label: "Summarize the board meeting",
    facts: { route: { channel: "webchat", to: "webchat" } },
    end: [141, { status: "succeeded", result: "Two decisions, one open point." }],
    reports: [
      [140, { kind: "host_silent", reason: "no channel" }],
      [140, { kind: "queued_in_session", reason: "the requester has no channel" }],
      [139, { kind: "settled" }],
    ],
  },
  {
    name: "stalled",
    startedAgo: 64,
    runtime: "subagent",
    label: "Migrate the wiki to the new theme",
    steps: [
      [62, { phase: "reading_context", update: "listing 340 pages" }],
      [41, { phase: "editing", update: "page 118 of 340" }],
    ],
  },
  {
    name: "asks",
    startedAgo: 18,
    runtime: "subagent",
    label: "Book the train to Vienna",
    steps: [
      [16, { phase: "researching", update: "comparing five connections" }],
      [9, { phase: "waiting_user", blockReason: "user_input", update: "Window or aisle? Both are left in the 9:24" }],
    ],
  },
  {
    name: "approval",
    startedAgo: 27,
    runtime: "cli",
    label: "Clean up old branches",
    steps: [
      [25, { phase: "planning", update: "31 branches are merged" }],
      [12, { phase: "waiting_approval", blockReason: "approval", update: "git push origin --delete (31 branches)" }],
    ],
  },
  {
    name: "lost",
    startedAgo: 240,
    runtime: "exec",
    label: "npm run build:all",
    lostAgo: 200,
  },
  { name: "queued", startedAgo: 2, runtime: "subagent", label: "Proofread the newsletter", isQueued: true },
  {
    name: "never-started",
    startedAgo: 31,
    runtime: "cron",
    label: "Weekly metrics",
    isQueued: true,
    facts: { sourceId: "cron:weekly-metrics" },
  },
  {
    name: "refused-cancel",
    startedAgo: 12,
    runtime: "media",
    label: "image",
    task: "A poster with a heron, in three colours",
    cancelAgo: 6,
    facts: { taskKind: "image_generation" },
  },
  {
    name: "running",
    startedAgo: 7,
    runtime: "subagent",
    label: "Draft the answer to the tender",
    steps: [
      [6, { phase: "reading_context", update: "reading 64 pages" }],
      [1, { phase: "planning", update: "outline with 7 parts" }],
    ],
  },
  {
    name: "running-acp",
    startedAgo: 5,
    runtime: "acp",
    label: "Fix the flaky login test",
    steps: [[3, { phase: "testing", update: "npx vitest run login (attempt 4)" }]],
  },
  {
    name: "running-cron",
    startedAgo: 3,
    runtime: "cron",
    label: "Morning digest",
    steps: [[1, { phase: "researching", update: "source 3 of 8" }]],
    facts: { sourceId: "cron:digest" },
  },
  { name: "running-exec", startedAgo: 9, runtime: "exec", label: "pg_dump --format=custom shop" },
  {
    name: "node-a",
    startedAgo: 21,
    runtime: "subagent",
    label: "review-billing: mistakes",
    facts: { childSessionKey: "agent:main:subagent:review-bugs" },
    steps: [[4, { phase: "researching", update: "src/invoice/round.ts" }]],
  },
  {
    name: "failed",
    startedAgo: 300,
    runtime: "cron",
    label: "Back up the photos",
    facts: { sourceId: "cron:backup" },
    end: [
      296,
      {
        status: "failed",
        error:
          "rsync: connection refused by nas.local (111)\nrsync error: error in socket IO (code 10)\n  at clientserver.c(127)",
      },
    ],
  },
  {
    name: "timed-out",
    startedAgo: 420,
    runtime: "subagent",
    label: "Transcribe the interview",
    end: [360, { status: "timed_out", error: "no answer within 60 minutes" }],
    reports: [[359, { kind: "host_confirmed", receipt: "telegram message 8790" }]],
  },
  {
    name: "cancelled",
    startedAgo: 500,
    runtime: "subagent",
    label: "Translate the manual",
    end: [480, { status: "cancelled", error: "cancelled by ana" }],
  },
  {
    name: "hostile",
    startedAgo: 33,
    runtime: "subagent",
    label: HOSTILE_TITLE,
    task: HOSTILE_MARKDOWN,
    end: [30, { status: "succeeded", result: HOSTILE_MARKDOWN }],
    reports: [[29, { kind: "host_confirmed", receipt: HOSTILE_TITLE.slice(0, 60) }]],
  },
];

const EVERYDAY: readonly [TaskRuntime, string][] = [
  ["cron", "Morning digest"],
  ["subagent", "Answer the mail from Globex"],
  ["exec", "npm run lint"],
  ["acp", "Rename the settings module"],
  ["cli", "What changed since Monday?"],
  ["media", "audio"],
  ["subagent", "Check the links of the handbook"],
  ["cron", "Watch the prices of copper"],
];

/** What a week of ordinary work leaves. */
function everyday(): Story[] {
  return Array.from({ length: 52 }, (_, n) => {
    const [runtime, label] = EVERYDAY[n % EVERYDAY.length] ?? ["cli", "x"];
    const startedAgo = (6 * DAY) / MINUTE - n * ((2.6 * HOUR) / MINUTE) + (n % 7) * 3;
    const endAgo = startedAgo - 4 - (n % 23);
    const fails = n % 17 === 9;
    return {
      name: `everyday-${n}`,
      startedAgo,
      runtime,
      label,
      steps: [[startedAgo - 1, { phase: "researching", update: "under way" }]] as const,
      end: [
        endAgo,
        fails
          ? { status: "failed", error: "HTTP 429: slow down" }
          : { status: "succeeded", result: "Done; nothing unusual." },
      ] as const,
      reports: [[endAgo - 1, { kind: "host_confirmed", receipt: `telegram message ${8_000 + n}` }]] as const,
    };
  });
}
