import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rebuildDay } from "../../../registry-helper/views/index/refresh-tasks.ts";
import { DAY, LedgerDayFixture, getTaskId, startedSignal } from "../../support/ledger-day-fixture.ts";
import { resealLines } from "../../support/reseal-journal.ts";

it("a day rewritten twice to the same length and file number is detected as another file", () => {
  const fixture = new LedgerDayFixture();
  fixture.commit([startedSignal(1), startedSignal(2)]);
  const lines = readFileSync(fixture.path, "utf8").trimEnd().split("\n");
  const rest = lines.filter((line) => line.includes(getTaskId(2)));
  // Task 1 is gone, and somebody wrote as many bytes about task 3.
  const added = lines
    .filter((line) => line.includes(getTaskId(1)))
    .map((line, at) =>
      line
        .replaceAll(getTaskId(1), getTaskId(3))
        .replaceAll(/"(run:)?1"/g, '"$13"')
        .replace(/"seq": \d+/, `"seq": ${lines.length + at + 1}`),
    );
  const before = statSync(fixture.path);
  // In place, which keeps the number of the file.
  writeFileSync(fixture.path, `${resealLines([...rest, ...added]).join("\n")}\n`);
  utimesSync(fixture.path, before.atime, new Date(before.mtimeMs + 5_000));
  const { size, ino } = statSync(fixture.path);
  expect({ size, ino }).toEqual({ size: before.size, ino: before.ino });
  fixture.index.use((database) => rebuildDay(fixture.registry, database, DAY));

  fixture.commit([startedSignal(4)]);
  expect([...fixture.folded().keys()]).toEqual([2, 3, 4].map(getTaskId));
});
