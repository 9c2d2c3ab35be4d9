import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ledgerDayAggregate } from "../../../../registry-helper/domain/task/ledger-day.ts";
import { parseDayFromId } from "../../../../registry-helper/model/ids.ts";
import type { TaskRecord } from "../../../../registry-helper/model/task-record.ts";
import { maintainLedger } from "../../../../registry-helper/operations/maintenance/maintain-ledger.ts";
import { commit } from "../../../../registry-helper/registry/commit.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { withoutSeal } from "../../../../registry-helper/storage/journal-chain.ts";
import { ledgerDays, LedgerJournal } from "../../../../registry-helper/storage/ledger-journal.ts";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { failingAt } from "../../../support/failing-file-system.ts";
import { DAY, HOUR, LedgerFixture, MINUTE } from "../../../support/ledger-fixture.ts";
import { type RegistrySandbox, useSandbox } from "../../../support/registry-sandbox.ts";

const DAYS = 24 * 3_600 * 1e6;

/** Every task as its journal says, folded from the beginning, and as the index says. */
function tasksIn(registry: Registry): { folded: TaskRecord[]; indexed: TaskRecord[] } {
  const folded = ledgerDays(registry.fs, registry.root).flatMap((day) => [
    ...(new LedgerJournal({ fs: registry.fs, root: registry.root, day }).read()?.tasks.values() ?? []),
  ]);
  const index = new LedgerIndex(registry);
  index.refresh();
  const indexed = folded.flatMap(({ taskId }) => index.task(taskId) ?? []);
  index.close();
  return { folded, indexed };
}

function foldedTasks(registry: Registry): TaskRecord[] {
  const { folded, indexed } = tasksIn(registry);
  expect(indexed).toEqual(folded);
  return folded;
}

/** A settled task with much noise, a keyed report among it. */
function noisy(ledger: LedgerFixture, label: string, agoMs: number): string {
  const taskId = ledger.task({ facts: { runtime: "exec", label }, started: true }, agoMs);
  for (const [n, phase] of (["researching", "editing", "testing", "editing", "testing"] as const).entries()) {
    ledger.signal(taskId, { step: { phase, update: `step ${n}` } }, agoMs);
    ledger.signal(taskId, { host: { taskId: "h", status: "running", delivery: `pending ${n}` } }, agoMs);
  }
  ledger.do({ type: "report", taskId, source: "cli", step: { update: "by its own word" } }, agoMs, `key-${label}`);
  ledger.signal(taskId, { isBacked: false }, agoMs);
  ledger.signal(taskId, { isBacked: true }, agoMs);
  ledger.signal(taskId, { ending: { status: "succeeded", result: "done" } }, agoMs);
  return taskId;
}

function useLedger(): { sandbox: RegistrySandbox; ledger: LedgerFixture; registry: Registry } {
  const sandbox = useSandbox();
  return { sandbox, ledger: new LedgerFixture(sandbox), registry: openRegistry({ root: sandbox.root }) };
}

describe("maintenance without --apply", () => {
  it("reports what it would do and changes no byte of the ledger", () => {
    const { sandbox, ledger } = useLedger();
    const taskId = noisy(ledger, "one", 5 * DAY);
    sandbox.append(ledger.file(taskId), "#damage\n");
    const before = sandbox.text(ledger.file(taskId));
    const { json } = sandbox.ok("tasks", "maintenance", "--retention", "1d", "--json");
    expect(json).toMatchObject({
      ok: true,
      applied: false,
      days: [{ day: parseDayFromId(taskId), damaged: 1, pruned: 1 }],
    });
    expect(sandbox.ok("tasks", "maintenance").stdout).toMatch(
      /would be: 1 damaged line into ledger\/.*\.damaged,[^]*lines\s+that nothing\s+needs dropped[^]*nothing is changed yet\. To do it:\n {2}\$ node .* tasks maintenance --apply\n/,
    );
    expect(sandbox.text(ledger.file(taskId))).toBe(before);
    expect(sandbox.cli("tasks", "maintenance", "--retention", "soon")).toMatchObject({ code: 2 });
  });

  it("reports when there is nothing to do", () => {
    const { sandbox, ledger } = useLedger();
    ledger.task({ facts: { label: "x" }, started: true });
    expect(sandbox.ok("tasks", "maintenance").stdout).toBe("the ledger needs no maintenance\n");
  });
});

describe("compaction", () => {
  it("drops unneeded events of settled tasks and keeps every record and key", () => {
    const { ledger, registry } = useLedger();
    const resolvedTask = noisy(ledger, "settled", 2 * HOUR);
    const open = ledger.task({ facts: { label: "open" }, started: true }, HOUR);
    for (const phase of ["editing", "testing", "editing"] as const) ledger.signal(open, { step: { phase } }, HOUR);
    const before = foldedTasks(registry);
    const lines = ledger.lines(resolvedTask).length;
    const openLines = ledger.lines(open);
    const { days } = maintainLedger(registry, { apply: true });
    expect(days.reduce((sum, { compacted }) => sum + compacted, 0)).toBeGreaterThan(8);
    expect(ledger.lines(resolvedTask).length).toBeLessThan(lines - 8);
    // They got another line before them, and so another hash.
    expect(ledger.lines(open).map(withoutSeal)).toEqual(openLines.map(withoutSeal));
    expect(foldedTasks(registry)).toEqual(before);
    // The same key again is still the same command.
    const again = { type: "report", taskId: resolvedTask, source: "cli", step: { update: "by its own word" } } as const;
    ledger.do(again, 0, "key-settled");
    expect(foldedTasks(registry)).toEqual(before);
    expect(maintainLedger(registry, { apply: false }).days).toEqual([]);
  });

  it("keeps positions, so existing readers continue whatever inode the new file has", () => {
    const { ledger, registry, sandbox } = useLedger();
    const resolvedTask = noisy(ledger, "settled", 0);
    const day = parseDayFromId(resolvedTask) ?? "";
    const reader = new LedgerJournal({ fs: registry.fs, root: registry.root, day });
    const index = new LedgerIndex(registry);
    reader.read();
    index.refresh();
    for (let round = 0; round < 6; round += 1) {
      maintainLedger(registry, { apply: true });
      // Two rounds between looks: inode numbers are used again.
      const fresh = noisy(ledger, `round ${round}`, 0);
      if (round % 2 === 0) continue;
      index.refresh();
      const folded = foldedTasks(registry);
      expect([...(reader.read()?.tasks.values() ?? [])]).toEqual(folded);
      expect(index.task(fresh)).toEqual(folded.find(({ taskId }) => taskId === fresh));
      expect(reader.damage).toEqual([]);
    }
    index.close();
    expect(sandbox.ok("verify").code).toBe(0);
  });
});

describe("damaged ledger lines", () => {
  it("are moved unchanged to quarantine, and the ledger is healthy again", () => {
    const { sandbox, ledger, registry } = useLedger();
    const taskId = noisy(ledger, "one", 0);
    const broken = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x22, 0x0a]);
    sandbox.write(
      ledger.file(taskId),
      Buffer.concat([broken, sandbox.bytes(ledger.file(taskId)), Buffer.from("half\n")]),
    );
    const before = foldedTasks(registry);
    maintainLedger(registry, { apply: true });
    expect(sandbox.bytes(ledger.file(taskId).replace("jsonl", "damaged"))).toEqual(
      Buffer.concat([broken, Buffer.from("half\n")]),
    );
    expect(foldedTasks(registry)).toEqual(before);
    expect(sandbox.ok("doctor").code).toBe(0);
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("of a newer version leave their day unchanged and are reported", () => {
    const { sandbox, ledger, registry } = useLedger();
    const taskId = noisy(ledger, "one", 0);
    sandbox.append(ledger.file(taskId), '{"event": "task.created", "taskId": "t-1", "seq": 99, "schema": 7}\n');
    const before = sandbox.bytes(ledger.file(taskId));
    expect(maintainLedger(registry, { apply: true }).problems).toHaveLength(1);
    expect(sandbox.bytes(ledger.file(taskId))).toEqual(before);
  });
});

describe("pruning", () => {
  const endedFacts = { ending: { status: "succeeded" } } as const;

  it("goes from the leaves to the root and keeps every parent whose children stay", () => {
    const { ledger, registry, sandbox } = useLedger();
    const task = (label: string, agoMs: number, parentTaskId?: string, isOpen = false): string =>
      ledger.task(
        {
          facts: { runtime: "exec", label, ...(parentTaskId === undefined ? {} : { parentTaskId }) },
          started: true,
          ...(isOpen ? {} : endedFacts),
        },
        agoMs,
      );
    const root = task("root", 60 * DAY);
    const middle = task("middle", 50 * DAY, root);
    task("leaf", 40 * DAY, middle);
    const retained = task("kept for its child", 60 * DAY);
    const alsoRetained = task("kept too", 50 * DAY, retained);
    task("young", 2 * DAY, alsoRetained);
    const waits = task("kept for open work", 60 * DAY);
    task("open", 50 * DAY, waits, true);
    task("old and alone", 45 * DAY);
    ledger.undelivered("owed to somebody", 45 * DAY);
    const report = maintainLedger(registry, { apply: true, retention: 30 * DAYS });
    expect(report.days.reduce((sum, { pruned }) => sum + pruned, 0)).toBe(4);
    const left = foldedTasks(registry);
    expect(left.map(({ label }) => label).sort()).toEqual(
      ["kept for its child", "kept too", "young", "kept for open work", "open", "owed to somebody"].sort(),
    );
    expect(sandbox.cli("tasks", "audit", "--code", "orphaned_link").stdout).toBe(
      "tasks, flows and runs are in order\n",
    );
    expect(sandbox.cli("tasks", "show", root).stderr).toContain("task_not_found");
    expect(ledger.task({ facts: { label: "new" } }, 60 * DAY)).toContain("t-");
  });

  it("leaves no child without its parent when it is killed between two days", () => {
    const { ledger, registry, sandbox } = useLedger();
    // A parent of a later day than its child, as when the child was heard of first.
    const parent = ledger.task({ facts: { label: "parent" }, ...endedFacts }, 40 * DAY);
    ledger.task({ facts: { label: "child", parentTaskId: parent }, ...endedFacts }, 41 * DAY);
    const renames = 2;
    for (let done = 0; done < renames; done += 1) {
      let left = done;
      const fs = new Proxy(registry.fs, {
        get: (target, name) =>
          name === "renameSync"
            ? (...args: Parameters<typeof target.renameSync>) => {
                if ((left -= 1) < 0) throw new Error("killed");
                target.renameSync(...args);
              }
            : (target[name as keyof typeof target] as unknown),
      });
      expect(() => maintainLedger({ ...registry, fs }, { apply: true, retention: 30 * DAYS })).toThrow("killed");
      expect(sandbox.cli("tasks", "audit", "--code", "orphaned_link").stdout).toBe(
        "tasks, flows and runs are in order\n",
      );
    }
    maintainLedger(registry, { apply: true, retention: 30 * DAYS });
    expect(foldedTasks(registry)).toEqual([]);
  });

  it("happens only when a retention is given", () => {
    const { ledger, registry } = useLedger();
    ledger.task({ facts: { label: "old" }, ...endedFacts }, 400 * DAY);
    expect(maintainLedger(registry, { apply: true }).days).toEqual([]);
    expect(foldedTasks(registry)).toHaveLength(1);
  });
});

it("maintenance with the k-th file-system call failing, for every k, leaves each day old or new", () => {
  const prepare = (): { sandbox: RegistrySandbox; registry: Registry; file: string } => {
    const { sandbox, ledger, registry } = useLedger();
    const taskId = noisy(ledger, "one", MINUTE);
    ledger.task({ facts: { label: "open" }, started: true });
    sandbox.append(ledger.file(taskId), "#damage\n");
    return { sandbox, registry, file: ledger.file(taskId) };
  };
  let k = 1;
  for (; k < 400; k += 1) {
    const { sandbox, registry, file } = prepare();
    const old = sandbox.text(file);
    const before = foldedTasks(registry);
    const failing = failingAt(k);
    try {
      maintainLedger({ ...registry, fs: failing.fs }, { apply: true });
    } catch {
      expect(failing.calls.length).toBeGreaterThanOrEqual(k);
    }
    const where = `k = ${k}, ${failing.calls[k - 1] ?? ""}`;
    const now = sandbox.text(file);
    const isNew = !now.includes("#damage");
    if (!isNew) expect(now, where).toBe(old);
    else expect(sandbox.text(file.replace("jsonl", "damaged")), where).toContain("#damage");
    expect(foldedTasks(registry), where).toEqual(before);
    expect(maintainLedger(registry, { apply: true }).problems, where).toEqual([]);
    expect(sandbox.text(file), where).not.toContain("#damage");
    expect(
      readdirSync(sandbox.path("ledger")).filter((name) => /rewrite|lock/.test(name)),
      where,
    ).toEqual([]);
    sandbox.dispose();
    if (failing.calls.length < k) break;
  }
  expect(k).toBeGreaterThan(40);
});

it(
  "writers in other processes lose nothing while the ledger is maintained repeatedly",
  { timeout: 60_000 },
  async () => {
    const { sandbox, ledger, registry } = useLedger();
    const taskId = ledger.task({ facts: { runtime: "exec", label: "busy" }, started: true });
    const others = Array.from({ length: 30 }, (_, n) => noisy(ledger, `n${n}`, 0));
    let hasEnded = false;
    const maintaining = (async () => {
      const maintainers = [0, 1].map(async () => {
        while (!hasEnded) await once(sandbox.start(["tasks", "maintenance", "--apply"]), "exit");
      });
      await Promise.all(maintainers);
    })();
    const said: string[] = [];
    const writer = async (name: string): Promise<void> => {
      for (let n = 0; n < 12; n += 1) {
        const update = `${name} ${n}`;
        const { code, stderr } = await sandbox.together("tasks", "report", taskId, "--update", update, "--key", update);
        expect(code, stderr).toBe(0);
        said.push(update);
        noisy(ledger, update, 0);
      }
    };
    await Promise.all(["a", "b"].map(writer));
    hasEnded = true;
    await maintaining;
    const reports = ledger.lines(taskId).flatMap((line) => (line["event"] === "task.reported" ? [line["key"]] : []));
    expect(reports.sort()).toEqual(said.sort());
    const folded = foldedTasks(registry);
    expect(folded).toHaveLength(1 + others.length + said.length);
    expect(folded.filter(({ status }) => status === "succeeded")).toHaveLength(others.length + said.length);
    expect(sandbox.ok("verify").code).toBe(0);
  },
);

it("a writer that lost its lock to maintenance detects the replaced file and decides again", () => {
  const { ledger, registry } = useLedger();
  const taskId = noisy(ledger, "one", 0);
  const open = ledger.task({ facts: { label: "open" }, started: true });
  let isFirst = true;
  const fs = new Proxy(registry.fs, {
    get: (target, name) =>
      name === "writeSync"
        ? (fd: number, bytes: Buffer) => {
            // The file is open and the lock is thought to be held: now another one takes its place.
            if (isFirst) {
              isFirst = false;
              target.rmSync(`${registry.root}/${ledger.file(taskId)}.lock`, { recursive: true, force: true });
              maintainLedger(registry, { apply: true });
            }
            return target.writeSync(fd, bytes);
          }
        : (target[name as keyof typeof target] as unknown),
  });
  const journal = new LedgerJournal({ fs, root: registry.root, day: parseDayFromId(open) ?? "" });
  const command = { type: "report", taskId: open, source: "cli", step: { update: "heard" } } as const;
  commit({ journal, aggregate: ledgerDayAggregate, now: registry.now, request: { command } });
  expect(foldedTasks(registry).find((task) => task.taskId === open)?.latestUpdate).toBe("heard");
  expect(ledger.lines(open).filter(({ event }) => event === "task.reported")).toHaveLength(1);
});
