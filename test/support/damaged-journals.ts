import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { TaskCommand } from "../../registry-helper/domain/task/commands.ts";
import { ledgerDayAggregate } from "../../registry-helper/domain/task/ledger-day.ts";
import { isClawTaskError } from "../../registry-helper/model/errors.ts";
import { claimNodes } from "../../registry-helper/operations/runs/claim-nodes.ts";
import { scaffoldRun } from "../../registry-helper/operations/runs/scaffold-run.ts";
import { commit } from "../../registry-helper/registry/commit.ts";
import { commitFlow, createFlow, loadFlow } from "../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../registry-helper/registry/registry.ts";
import { commitRun, loadRun } from "../../registry-helper/registry/run-store.ts";
import { LedgerJournal } from "../../registry-helper/storage/ledger-journal.ts";
import { useTempFolder } from "../plugin/support/temp-folder.ts";
import { WORKFLOW } from "./operations.ts";
import { seededRandom } from "./seeded-random.ts";

const DAY = "2026-11-20";

export interface RecordIds {
  runId: string;
  flowId: string;
}

/** A registry with a run, a flow and a task, each with several changes. */
export function playedRegistry(): { root: string; ids: RecordIds } & RecordIds {
  const root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows/w.task.md"), WORKFLOW);
  const registry = openRegistry({ root });
  scaffoldRun(registry, {
    runId: "demo",
    workflowPath: "workflows/w.task.md",
    sourceSessionKey: "agent:main:main",
    deliveryContext: { channel: "telegram", to: "telegram:1" },
  });
  claimNodes(registry, "demo", { nodeIds: ["dig"], by: "a" });
  for (const message of ["one", "two"])
    commitRun(registry, "demo", { command: { type: "progress", message, payload: {} } });
  const { flowId } = createFlow(registry, { facts: { title: "Told", ownerSessionKey: "agent:main:main" } }).flow;
  for (const update of ["one", "two", "three"]) commitFlow(registry, { command: { type: "update", flowId, update } });
  const ids = { runId: "demo", flowId };
  for (let times = 0; times < 4; times += 1) tryToChange(registry, "ledger", ids);
  return { root, ids, ...ids };
}

/** A change of one record, and one more task in the ledger. */
export function tryToChange(registry: Registry, kind: "run" | "flow" | "ledger", { runId, flowId }: RecordIds): void {
  if (kind === "run") commitRun(registry, runId, { command: { type: "progress", message: "on", payload: {} } });
  else if (kind === "flow") commitFlow(registry, { command: { type: "update", flowId, update: "on" } });
  else {
    const journal = new LedgerJournal({ fs: registry.fs, root: registry.root, day: DAY });
    const number = (journal.read()?.tasks.size ?? 0) + 1;
    const signal: TaskCommand = {
      type: "signal",
      taskId: `t-20261120-00000000000${number}`,
      source: "test",
      names: [`run:${number}`],
      facts: { runtime: "exec", runId: String(number) },
      started: true,
    };
    commit({ journal, aggregate: ledgerDayAggregate, now: registry.now, request: { command: signal } });
  }
}

/** The three journals of `playedRegistry`. */
export function journalsOf(root: string): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => basename(name) === "events.jsonl" || /^ledger.*\.jsonl$/.test(name))
    .map((name) => join(root, name))
    .sort();
}

interface Damage {
  name: string;
  /** Undefined where the damage makes no sense for a line. */
  damage: (lines: readonly string[], index: number) => { lines: string[]; named: RegExp } | undefined;
}

const replaced = (lines: readonly string[], index: number, line: string): string[] => lines.with(index, line);
const numbered = (index: number): RegExp => new RegExp(`line ${index + 1}\\b`);

/** That a line does not count, alone or among others. */
const notCounting = (number: number): RegExp =>
  new RegExp(`line ${number} does not count|lines \\((?:\\d+, )*${number}(?:, \\d+)*\\) do not count`);

/** What can happen to one line, and what verify has to say then. */
export const DAMAGES: readonly Damage[] = [
  {
    name: "a letter of a word is another one",
    damage: (lines, index) => ({
      lines: replaced(lines, index, (lines[index] ?? "").replace(/"event": "(\w)/, '"event": "X$1')),
      named: numbered(index),
    }),
  },
  {
    name: "a digit of its time is another one",
    damage: (lines, index) => ({
      lines: replaced(lines, index, (lines[index] ?? "").replace('"timestamp": "20', '"timestamp": "21')),
      named: numbered(index),
    }),
  },
  {
    name: "its position is another one",
    damage: (lines, index) => ({
      lines: replaced(lines, index, (lines[index] ?? "").replace(/"seq": (\d+)/, '"seq": 0')),
      named: numbered(index),
    }),
  },
  {
    name: "its hash is another one",
    damage: (lines, index) => ({
      lines: replaced(lines, index, (lines[index] ?? "").replace(/"sum": "../, '"sum": "--')),
      named: numbered(index),
    }),
  },
  {
    name: "the key of its hash is another one",
    damage: (lines, index) => ({
      lines: replaced(lines, index, (lines[index] ?? "").replace('"sum"', '"suM"')),
      named: numbered(index),
    }),
  },
  {
    name: "its link is another one",
    damage: (lines, index) => ({
      lines: replaced(lines, index, (lines[index] ?? "").replace(/"prev": "[^"]*"/, '"prev": "------------"')),
      named: numbered(index),
    }),
  },
  {
    name: "it is gone",
    // Behind the last line nothing stands that could say so; projections do, see below.
    damage: (lines, index) =>
      index === lines.length - 1 ? undefined : { lines: lines.toSpliced(index, 1), named: numbered(index) },
  },
  {
    name: "it stands there twice",
    damage: (lines, index) => ({
      lines: lines.toSpliced(index, 0, lines[index] ?? ""),
      named: notCounting(index + 2),
    }),
  },
  {
    name: "it stands there twice, the second time at the end",
    damage: (lines, index) => ({
      lines: [...lines, lines[index] ?? ""],
      named: notCounting(lines.length + 1),
    }),
  },
  {
    name: "it changed places with the next one",
    damage: (lines, index) =>
      index === lines.length - 1
        ? undefined
        : {
            lines: lines.toSpliced(index, 2, lines[index + 1] ?? "", lines[index] ?? ""),
            named: new RegExp(`line ${index + 1}\\b`),
          },
  },
  {
    name: "somebody's line was put before it",
    damage: (lines, index) => ({
      lines: lines.toSpliced(
        index,
        0,
        (lines[index] ?? "").replace(/, "prev": .*$/, "}").replace('"timestamp": "20', '"timestamp": "21'),
      ),
      named: new RegExp(`line ${index + 2}\\b|line ${index + 1} carries no hash|${notCounting(index + 2).source}`),
    }),
  },
];

interface BitFlip {
  path: string;
  name: string;
  check(about: { root: string; ids: RecordIds; problems: (registry: Registry) => string[] }): string;
}

/** Flips one bit after the other, at places that a seed chooses. Each is done when it is asked for. */
export function* changesOf(
  files: readonly string[],
  { seed, count }: { seed: number; count: number },
): Generator<BitFlip> {
  const random = seededRandom(seed);
  for (let done = 0; done < count;) {
    const path = files[Math.floor(random() * files.length)] ?? "";
    const bytes = readFileSync(path);
    if (bytes.length === 0) continue;
    const at = Math.floor(random() * bytes.length);
    const bit = Math.floor(random() * 8);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    done += 1;
    yield {
      path,
      name: `${path} byte ${at} bit ${bit}`,
      check: ({ root, ids, problems }) => {
        writeFileSync(path, bytes);
        const registry = openRegistry({ root });
        for (const look of [() => loadRun(registry, ids.runId), () => loadFlow(registry, ids.flowId)]) {
          try {
            look();
          } catch (error) {
            if (!isClawTaskError(error)) return `uncoded: ${String(error)}`;
          }
        }
        const told = problems(registry);
        return path.endsWith(".jsonl") && told.length === 0 ? "changed, and nobody is told" : "told or harmless";
      },
    };
  }
}
