import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SCREENSHOTS, useDashboard } from "./support/dashboard.ts";

describe("keyboard navigation", () => {
  const dashboard = useDashboard();
  const focused = (): Promise<string> =>
    dashboard.page.evaluate(
      () => document.activeElement?.getAttribute("href") ?? document.activeElement?.tagName ?? "",
    );

  it("opens each section with g and a letter", async () => {
    const page = await dashboard.show("#/");
    for (const [key, place] of [
      ["t", "#/tasks"],
      ["r", "#/runs"],
      ["f", "#/flows"],
      ["w", "#/workflows"],
      ["h", "#/health"],
      ["a", "#/"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.waitForURL(`**/${place}`);
    }
  });

  it("moves through a list with j and k, and opens an entry with Enter", async () => {
    const page = await dashboard.show("#/tasks");
    const links = await page.locator("[data-row]").evaluateAll((rows) => rows.map((row) => row.getAttribute("href")));
    await page.keyboard.press("j");
    expect(await focused()).toBe(links[0]);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    expect(await focused()).toBe(links[2]);
    await page.keyboard.press("k");
    expect(await focused()).toBe(links[1]);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/${links[1] ?? ""}`);
  });

  it("moves far down a virtualized list", async () => {
    const page = await dashboard.show("#/tasks?all=true");
    for (let step = 0; step < 60; step += 1) await page.keyboard.press("j");
    await expect.poll(async () => Number(await page.locator("li:focus-within").getAttribute("aria-posinset"))).toBe(60);
  });

  it("focuses the search with /, leaves it with Escape and types letters as text there", async () => {
    const page = await dashboard.show("#/tasks");
    await page.keyboard.press("/");
    await page.keyboard.type("invoices jk?");
    expect(await page.locator("[data-search]").inputValue()).toBe("invoices jk?");
    await page.waitForURL(/search=invoices/);
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("Escape");
    expect(await focused()).not.toBe("INPUT");
  });

  it("opens the task search with / on pages without a search", async () => {
    const page = await dashboard.show("#/health");
    await page.keyboard.press("/");
    await page.waitForURL(/#\/tasks$/);
    await expect.poll(focused).toBe("INPUT");
  });

  it("explains the keys with ?, keeps the focus in the dialog and closes it with Escape", async () => {
    const page = await dashboard.show("#/runs");
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys" });
    await dialog.waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "help-light-1280.png") });
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press("Tab");
      const isInside = await page.evaluate(() => {
        const { activeElement } = document;
        return activeElement === document.body || activeElement?.closest("dialog") !== null;
      });
      expect(isInside).toBe(true);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  it("moves between tabs with the arrow keys", async () => {
    const page = await dashboard.show("#/runs/report-mosses");
    await page.getByRole("tab", { name: "Graph" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/tab=timeline/);
    expect(await page.getByRole("tab", { name: "Timeline" }).getAttribute("aria-selected")).toBe("true");
  });

  it("opens the panel of a focused graph node with Enter", async () => {
    const page = await dashboard.show("#/runs/report-mosses");
    await page.locator("[data-node=sources]").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Node sources" }).waitFor();
  });

  it("offers a skip link and always shows the focus outline", async () => {
    const page = await dashboard.show("#/runs");
    const skip = page.getByRole("button", { name: "Skip to the content" });
    await skip.focus();
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0);
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("MAIN");
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => {
      const { activeElement } = document;
      return activeElement === null ? "" : getComputedStyle(activeElement).outlineStyle;
    });
    expect(outline).not.toBe("none");
  });
});
