import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { SCREENSHOTS, useDashboard, listViews } from "./support/dashboard.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const THEMES = ["light", "dark"] as const;

describe("every view in both themes", () => {
  const dashboard = useDashboard();

  it(
    "meets WCAG 2.2 AA, shows no error and sends no request to any host but its own server",
    { timeout: 240_000 },
    async () => {
      const { page } = dashboard;
      const found: string[] = [];
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        await page.reload();
        for (const [name, hash] of Object.entries(listViews(dashboard))) {
          await dashboard.show(hash);
          found.push(...(await findViolations(page)).map((one) => `${name} (${theme}): ${one}`));
          await page.screenshot({ path: join(SCREENSHOTS, `${name}-${theme}-1280.png`) });
        }
      }
      expect(found).toEqual([]);
      expect(dashboard.complaints.filter((one) => !one.includes("500"))).toEqual([]);
      expect(dashboard.strangers).toEqual([]);
    },
  );

  it("fits a 360-pixel window without horizontal scrolling", { timeout: 240_000 }, async () => {
    const { page } = dashboard;
    await page.setViewportSize({ width: 360, height: 740 });
    const tooWide: string[] = [];
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.reload();
      for (const [name, hash] of Object.entries(listViews(dashboard))) {
        await dashboard.show(hash);
        const overflow = await page.evaluate(() => {
          const main = document.querySelector("main");
          return Math.max(
            document.documentElement.scrollWidth - innerWidth,
            (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0),
          );
        });
        if (overflow > 0) tooWide.push(`${name}: ${overflow} px`);
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${theme}-360.png`) });
      }
    }
    expect(tooWide).toEqual([]);
    await page.setViewportSize({ width: 2560, height: 1300 });
    await dashboard.show("#/");
    await page.screenshot({ path: join(SCREENSHOTS, "attention-dark-2560.png") });
    await dashboard.show("#/runs/report-mosses?node=draft");
    await page.screenshot({ path: join(SCREENSHOTS, "run-dark-2560.png") });
    await page.setViewportSize({ width: 1280, height: 860 });
  });
});

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

async function findViolations(page: Page): Promise<string[]> {
  const isThere = await page.evaluate("typeof axe !== 'undefined'");
  // The page's policy allows no foreign script element; the driver's own channel is not bound by it.
  if (isThere !== true) await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  );
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 3)
        .map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary?.split("\n")[1] ?? ""}`)
        .join(" | ")}`,
  );
}
