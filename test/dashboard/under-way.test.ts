import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listWork, withIndex } from "../../registry-helper/internal.ts";
import { SCREENSHOTS, useDashboard } from "./support/dashboard.ts";

describe("the list of everything under way", () => {
  const dashboard = useDashboard();
  const list = (): Promise<string[]> =>
    dashboard.page
      .getByRole("complementary", { name: "Under way" })
      .locator("a.glance .cut:first-child")
      .allTextContents();

  it("is the one of `clawtask status`, and leads to what it names", async () => {
    const page = await dashboard.show("#/");
    const items = withIndex(dashboard.registry, (database) => listWork(dashboard.registry, database)).slice(0, 50);
    const titles = items.flatMap(({ title, tasks = [] }) => [title, ...tasks.map((task) => task.title)]);
    expect(titles.length).toBeGreaterThan(3);
    await expect.poll(list).toEqual(titles);
    const run = items.find(({ subject }) => subject.kind === "run");
    const aside = page.getByRole("complementary", { name: "Under way" });
    await aside
      .locator(`a[href="#/runs/${run?.subject.id ?? ""}"]`)
      .first()
      .click();
    await expect.poll(() => page.url()).toContain(`#/runs/${run?.subject.id ?? ""}`);
  });

  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const)("fits in %s at %i pixels", async (colorScheme, width) => {
    const page = await dashboard.show("#/");
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 860 });
    const aside = page.getByRole("complementary", { name: "Under way" });
    await aside.scrollIntoViewIfNeeded();
    const overflow = await aside.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await aside.screenshot({ path: join(SCREENSHOTS, `under-way-${colorScheme}-${width}.png`) });
  });
});
