import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rebuildDay } from "../../../registry-helper/views/index/refresh-tasks.ts";
import { DAY, LedgerDesk, taskIdOf, told } from "../../support/ledger-desk.ts";

it("a day that was rewritten twice, to the same length under the first file's number, is not taken for that file", () => {
  const desk = new LedgerDesk();
  desk.commit([told(1), told(2)]);
  const lines = readFileSync(desk.path, "utf8").trimEnd().split("\n");
  const rest = lines.filter((line) => line.includes(taskIdOf(2)));
  // Task 1 is gone, and somebody wrote as many bytes about task 3.
  const added = lines
    .filter((line) => line.includes(taskIdOf(1)))
    .map((line, at) =>
      line
        .replaceAll(taskIdOf(1), taskIdOf(3))
        .replaceAll(/"(run:)?1"/g, '"$13"')
        .replace(/"seq": \d+/, `"seq": ${lines.length + at + 1}`),
    );
  const before = statSync(desk.path);
  // In place, which keeps the number of the file.
  writeFileSync(desk.path, `${[...rest, ...added].join("\n")}\n`);
  utimesSync(desk.path, before.atime, new Date(before.mtimeMs + 5_000));
  const { size, ino } = statSync(desk.path);
  expect({ size, ino }).toEqual({ size: before.size, ino: before.ino });
  desk.index.use((database) => rebuildDay(desk.registry, database, DAY));

  desk.commit([told(4)]);
  expect([...desk.folded().keys()]).toEqual([2, 3, 4].map(taskIdOf));
});
