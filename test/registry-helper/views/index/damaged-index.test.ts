import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LedgerIndex } from "../../../../registry-helper/views/queries/ledger-index.ts";
import { LedgerDesk, over, taskIdOf, told } from "../../../support/ledger-desk.ts";

const PAGE = 4096;

describe("an index with a damaged page", () => {
  it("is built anew by whoever meets the damage, and the ledger goes on", () => {
    const desk = new LedgerDesk();
    desk.commit(Array.from({ length: 200 }, (_none, number) => over(number, { result: "r".repeat(200) })));
    desk.index.refresh();
    desk.index.use((database) => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    desk.index.close();
    const path = join(desk.root, "index.sqlite");
    const sound = readFileSync(path);
    const pages = Math.floor(sound.length / PAGE);
    expect(pages).toBeGreaterThan(20);

    for (let page = 1; page < pages; page += 12) {
      const bytes = Buffer.from(sound);
      bytes.fill(0xaa, page * PAGE, (page + 1) * PAGE);
      writeFileSync(path, bytes);
      const index = new LedgerIndex(desk.registry);
      const journal = desk.journalOf({ snapshot: index.snapshotOf("2026-11-20") });
      desk.commit([told(1_000 + page), told(page, { ending: { status: "failed" } })], journal);
      index.refresh();
      expect(index.task(taskIdOf(1_000 + page))?.status, `page ${page}`).toBe("running");
      expect(desk.folded().get(taskIdOf(page)), `page ${page}`).toMatchObject({ status: "succeeded" });
      index.close();
    }
  });
});
