import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SCREENSHOTS, useDashboard } from "./support/dashboard.ts";

describe("the address of a view", () => {
  const dashboard = useDashboard();

  it("keeps filters and search text, and restores them on reload", async () => {
    let page = await dashboard.show("#/tasks");
    await page.getByLabel("Any runtime").selectOption("cron");
    await page.getByLabel("Search tasks").fill("digest");
    await page.waitForURL(/runtime=cron&search=digest/);
    const savedUrl = page.url();
    await dashboard.show("#/health");
    await page.goto(savedUrl);
    await dashboard.idle();
    page = dashboard.page;
    await expect
      .poll(() => page.getByRole("listitem").filter({ hasText: "Morning digest" }).count())
      .toBeGreaterThan(3);
    expect(await page.locator("main").getByText("Watch the prices of copper").count()).toBe(0);
    expect(await page.getByLabel("Any runtime").inputValue()).toBe("cron");
  });

  it("filters running tasks by search text", async () => {
    const page = await dashboard.show("#/tasks?status=running&search=login");
    await page.getByRole("listitem").filter({ hasText: "Fix the flaky login test" }).waitFor();
    expect(await page.getByRole("listitem").filter({ hasText: "Morning digest" }).count()).toBe(0);
  });

  it("redeems a link code only once and does not keep it", async () => {
    expect(dashboard.page.url()).not.toContain("link=");
    const stranger = await dashboard.browser.newContext();
    const page = await stranger.newPage();
    await page.goto(dashboard.served.link);
    await page.getByRole("heading", { name: "Who is there?" }).waitFor();
    await page.getByLabel("Link").fill(dashboard.served.link);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("This link is not valid (any more)").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "sign-in-light-1280.png") });
    await stranger.close();
  });

  it("shows the past of a run with its slider and graph, and leads back to the present", async () => {
    const page = await dashboard.show("#/runs/report-mosses?at=12");
    await page.locator("[data-node=draft].step-running").waitFor();
    await page.getByRole("slider").fill("3");
    await page.waitForURL(/at=3/);
    await page.locator("[data-node=draft].step-pending").waitFor();
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
    await page.getByRole("button", { name: "Back to now" }).click();
    await page.locator("[data-node=draft].step-completed").waitFor();
  });

  it("shows who recorded a control in the journal and next to the slider", async () => {
    let page = await dashboard.show("#/runs/release-2.4.0?tab=events");
    const row = page.locator(".event").filter({ hasText: "control.recorded" });
    expect(await row.locator(".event-text").allTextContents()).toEqual([
      "pause by ana: waiting for legal",
      "add node license-check by ana",
    ]);
    page = await dashboard.show("#/runs/release-2.4.0?at=10");
    await page.locator(".past-event").getByText("add node license-check by ana").waitFor();
    expect(await page.getByRole("slider").getAttribute("aria-valuetext")).toBe(
      "event 10 of 15, control.recorded add node license-check by ana",
    );
    page = await dashboard.show("#/runs/report-mosses-shorter?tab=events");
    await page.getByText('approve release "send as draft" by ana: good; mention the costs').waitFor();
  });

  it("hides nodes that were added later when the graph is shown as written", async () => {
    const page = await dashboard.show("#/runs/release-2.4.0");
    await page.locator("[data-node=license-check]").waitFor();
    await page.getByRole("button", { name: "As written" }).click();
    await page.locator("[data-node=license-check]").waitFor({ state: "detached" });
    await page.getByText("1 added since").waitFor();
  });

  it("compares two runs side by side and lists the nodes that differ first", async () => {
    const page = await dashboard.show("#/compare?a=report-mosses&b=report-mosses-shorter");
    await page.getByText(/2 of 7 nodes differ/).waitFor();
    expect(await page.locator(".compare-node h2").first().textContent()).toBe("release");
  });

  it("reports an unreadable run, which is still listed", async () => {
    let page = await dashboard.show("#/runs?status=unreadable");
    await page.getByRole("listitem").filter({ hasText: "damaged-1" }).waitFor();
    page = await dashboard.show("#/runs/damaged-1");
    await page.getByText("This cannot be shown").waitFor();
  });

  it("reports when it leads to no page", async () => {
    const page = await dashboard.show("#/nonsense/1");
    await page.getByText("This address leads nowhere").waitFor();
  });
});

describe("a read-only dashboard", () => {
  const dashboard = useDashboard(["--read-only"]);

  it("copies commands instead of writing", async () => {
    const page = await dashboard.show("#/");
    await page.getByRole("navigation").getByText("read only").waitFor();
    const card = page.getByRole("article").filter({ hasText: "Report: glaciers" });
    const button = card.getByRole("button", { name: "Copy: retry sources" });
    expect(await button.getAttribute("title")).toBe("clawtask retry report-glaciers sources");
    const posts: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") posts.push(request.url());
    });
    await button.click();
    await card.getByRole("button", { name: "Copied" }).waitFor();
    expect(posts).toEqual([]);
    await dashboard.show(`#/tasks/${dashboard.seeded.tasks["undelivered"] ?? ""}`);
    await page.getByRole("button", { name: "Copy: retry delivery" }).waitFor();
  });
});
