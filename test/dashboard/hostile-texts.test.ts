import { describe, expect, it } from "vitest";
import { useDashboard, listViews } from "./support/dashboard.ts";

describe("hostile text", () => {
  const dashboard = useDashboard();

  it("runs no code, loads nothing and links only to web and mail addresses", async () => {
    const { page } = dashboard;
    const views = listViews(dashboard);
    for (const name of [
      "attention",
      "tasks",
      "task-hostile",
      "runs",
      "run-hostile",
      "flows",
      "workflows",
      "flow-of-run",
    ]) {
      await dashboard.show(views[name] ?? "");
      const found = await page.evaluate(() => ({
        hacked: "hacked" in window,
        foreign: document.querySelectorAll("main img, main iframe, main script, main style, main object, main form")
          .length,
        links: [...document.querySelectorAll("main a")]
          .map((link) => link.getAttribute("href") ?? "")
          .filter((href) => !href.startsWith("#/")),
      }));
      expect({ name, hacked: found.hacked, foreign: found.foreign }).toEqual({ name, hacked: false, foreign: 0 });
      for (const link of found.links) expect(link).toMatch(/^(https?:|mailto:)/);
    }
    expect(dashboard.strangers).toEqual([]);
    expect(dashboard.complaints).toEqual([]);
  });

  it("shows images as alternative text with their address, and links without a referrer", async () => {
    const page = await dashboard.show(listViews(dashboard)["task-hostile"] ?? "");
    await page.getByText("image: a picture (http://evil.example/picture.png)").first().waitFor();
    const link = page.getByRole("link", { name: "a good one" }).first();
    expect(await link.getAttribute("rel")).toContain("noreferrer");
    expect(await page.getByRole("link", { name: "click me" }).count()).toBe(0);
  });

  it("shows files by their exact names", async () => {
    const page = await dashboard.show("#/runs/hostile-1?node=a");
    await page.getByText("nodes/a/<img src=x onerror=hacked()>.md").first().waitFor();
  });
});
