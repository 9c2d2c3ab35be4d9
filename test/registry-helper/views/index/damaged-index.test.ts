import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { LedgerDayFixture, endedSignal, getTaskId, startedSignal } from "../../../support/ledger-day-fixture.ts";

const PAGE = 4096;

describe("an index with a damaged page", () => {
  it("is rebuilt by any reader or writer that finds the damage, and no task is lost", () => {
    const fixture = new LedgerDayFixture();
    fixture.commit(Array.from({ length: 200 }, (_none, number) => endedSignal(number, { result: "r".repeat(200) })));
    fixture.index.refresh();
    fixture.index.use((database) => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    fixture.index.close();
    const path = join(fixture.root, "index.sqlite");
    const sound = readFileSync(path);
    const pages = Math.floor(sound.length / PAGE);
    expect(pages).toBeGreaterThan(20);

    for (let page = 1; page < pages; page += 12) {
      const bytes = Buffer.from(sound);
      bytes.fill(0xaa, page * PAGE, (page + 1) * PAGE);
      writeFileSync(path, bytes);
      const index = new LedgerIndex(fixture.registry);
      const journal = fixture.openJournal({ snapshot: index.getSnapshot("2026-11-20") });
      fixture.commit([startedSignal(1_000 + page), startedSignal(page, { ending: { status: "failed" } })], journal);
      index.refresh();
      expect(index.task(getTaskId(1_000 + page))?.status, `page ${page}`).toBe("running");
      expect(fixture.folded().get(getTaskId(page)), `page ${page}`).toMatchObject({ status: "succeeded" });
      index.close();
    }
  });
});
