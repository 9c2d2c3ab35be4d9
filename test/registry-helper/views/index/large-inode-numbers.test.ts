import { describe, expect, it } from "vitest";
import type { TaskCommand } from "../../../../registry-helper/domain/task/commands.ts";
import { ledgerDayAggregate } from "../../../../registry-helper/domain/task/ledger-day.ts";
import { commitAll } from "../../../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { LedgerJournal } from "../../../../registry-helper/storage/ledger-journal.ts";
import { journalFiles } from "../../../../registry-helper/views/changes/list-journals.ts";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { useTempFolder } from "../../../plugin/support/temp-folder.ts";
import { interferingFileSystem } from "../../../support/failing-file-system.ts";
import { DAY, endedSignal, getTaskId, startedSignal } from "../../../support/ledger-day-fixture.ts";

describe("a disk with file numbers above 2^53", () => {
  const LARGE = 2 ** 60;

  it("is indexed and followed like any other", () => {
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      const answer = real();
      const stat = call === "statSync" || call === "lstatSync" ? (answer as { ino: number | bigint }) : undefined;
      if (typeof stat?.ino === "number") stat.ino += LARGE;
      return answer;
    });
    const root = useTempFolder();
    const registry = openRegistry({ root, fs });
    const index = new LedgerIndex(registry);
    const journal = new LedgerJournal({ fs, root, day: DAY, snapshot: index.getSnapshot(DAY) });
    const follow = (...commands: TaskCommand[]): string[] => {
      const requests = commands.map((command) => ({ command }));
      commitAll({ journal, aggregate: ledgerDayAggregate, now: registry.now, requests });
      return index.refresh().map(({ taskId }) => taskId);
    };
    index.refresh();
    expect(follow(startedSignal(1), startedSignal(2))).toEqual([getTaskId(1), getTaskId(2)]);
    expect(follow(endedSignal(2))).toEqual([getTaskId(2)]);
    expect(journalFiles(registry).every(({ file }) => Number.isSafeInteger(file))).toBe(true);
  });
});
