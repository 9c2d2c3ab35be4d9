import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LedgerFixture } from "../support/ledger-fixture.ts";
import type { RegistrySandbox } from "../support/registry-sandbox.ts";
import { SCREENSHOTS, useDashboard } from "./support/dashboard.ts";

describe("a stable layout", () => {
  const dashboard = useDashboard();
  const focusedHref = (): Promise<string | null | undefined> =>
    dashboard.page.evaluate(() => document.activeElement?.getAttribute("href"));
  const focusedText = (): Promise<string | null | undefined> =>
    dashboard.page.evaluate(() => document.activeElement?.textContent);

  it("keeps an answered card as one line while the pointer is there, then removes it", async () => {
    const { page } = dashboard;
    await page.clock.install();
    await dashboard.show("#/");
    const card = page.getByRole("article").filter({ hasText: "Refund for Ada Lovelace" });
    const place = page.getByRole("listitem").filter({ hasText: "Refund for Ada Lovelace" });
    const next = page.locator(`.attention-place`).filter({ hasText: "Refund for Ada Lovelace" }).locator("+ li");
    const whereNext = async (): Promise<number | undefined> => (await next.boundingBox())?.y;
    await card.getByLabel("Amount").fill("10");
    await card.getByLabel("Account").selectOption("goodwill");
    const before = await whereNext();
    await card.getByRole("button", { name: "refund", exact: true }).click();
    await place.getByText("Answered: refund").waitFor();
    expect(await card.count()).toBe(0);
    expect(await whereNext()).toBe(before);
    // A second click at the same spot reaches nothing.
    expect(await page.locator("button:hover, a:hover").count()).toBe(0);
    await page.screenshot({ path: join(SCREENSHOTS, "attention-answered-light-1280.png") });
    // As long as the pointer is there, it stays.
    await page.clock.fastForward(20_000);
    await place.getByText("Answered: refund").waitFor();
    expect(await whereNext()).toBe(before);
    await page.mouse.move(2, 2);
    await page.clock.fastForward(7_000);
    await page.getByText("Answered: refund").first().waitFor({ state: "detached" });
  });

  it("does not move the card under the pointer when other cards appear and are resolved", async () => {
    const page = await dashboard.show("#/");
    const first = page.locator(".attention-place").first();
    await first.hover();
    const before = await first.boundingBox();
    const ledger = new LedgerFixture({ root: dashboard.root } as unknown as RegistrySandbox);
    const facts = {
      runtime: "subagent",
      label: "Ask about the swans",
      requesterSessionKey: "agent:main:main",
    } as const;
    const taskId = ledger.task({ facts, started: true });
    ledger.signal(taskId, { step: { phase: "waiting_user", blockReason: "user_input", update: "Which pond?" } });
    const last = page.locator(".attention-place").last();
    await last.getByText("Which pond?").waitFor();
    ledger.signal(taskId, { ending: { status: "succeeded", result: "the upper one" } });
    await last.getByText("Needs nobody any more").waitFor();
    expect(await first.boundingBox()).toEqual(before);
  });

  it("moves the focus to the next card after an answer by keyboard, and k continues from there", async () => {
    const page = await dashboard.show("#/");
    const places = page.locator(".attention-place");
    const index = await places.evaluateAll((all) =>
      all.findIndex((place) => place.textContent?.includes("Retry sources")),
    );
    const next = await places
      .nth(index + 1)
      .locator("[data-row]")
      .getAttribute("href");
    await page.getByRole("button", { name: "Retry sources" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Retried sources").waitFor();
    await expect.poll(focusedHref).toBe(next);
    await page.keyboard.press("k");
    const before = await places
      .nth(index - 1)
      .locator("[data-row]")
      .getAttribute("href");
    expect(await focusedHref()).toBe(before);
  });

  it("returns the focus to the button that opened a dialog when Escape closes it", async () => {
    let page = await dashboard.show("#/");
    const cancel = page.getByRole("article").getByRole("button", { name: "Cancel" }).first();
    await cancel.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(focusedText).toBe("Cancel");

    page = await dashboard.show("#/runs/review-billing");
    await page.getByRole("button", { name: "More controls" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Cancel run" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(focusedText).toBe("Cancel run");
    await page.keyboard.press("Escape");
    await page.getByRole("group", { name: "More controls" }).waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("More controls");
  });

  it("moves the focus to the next card after a dialog is confirmed by keyboard", async () => {
    const page = await dashboard.show("#/");
    const place = page.locator(".attention-place").filter({ hasText: "Clean up old branches" });
    const next = await place.locator("+ li [data-row]").getAttribute("href");
    await place.getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("To be cancelled").waitFor();
    await expect.poll(focusedHref).toBe(next);
  });

  it("offers to open a task with a question first, and to cancel it second", async () => {
    const page = await dashboard.show("#/");
    const task = dashboard.seeded.tasks["asks"] ?? "";
    const card = page.getByRole("article").filter({ has: page.locator(`a[href="#/tasks/${task}"]`) });
    const foot = card.locator(".attention-foot");
    expect(await foot.locator(".button").allTextContents()).toEqual(["Open the task", "Cancel"]);
    expect(await foot.locator(".button-primary").getAttribute("href")).toBe(`#/tasks/${task}`);
  });

  it("reports on Attention that no gateway is recording, and marks Health", async () => {
    const page = await dashboard.show("#/");
    const line = page.locator("main").getByText("Nothing is recorded here: no gateway works on this registry.");
    await line.getByRole("link", { name: "See Health" }).click();
    await page.waitForURL(/#\/health$/);
    await page.getByRole("navigation").getByText("something is not in order").waitFor({ state: "attached" });
  });

  it("shows readable titles in lists at 800 px", async () => {
    await dashboard.page.setViewportSize({ width: 800, height: 860 });
    for (const view of ["tasks", "runs"]) {
      const page = await dashboard.show(`#/${view}`);
      const widths = await page.locator(".list-title").evaluateAll((all) => all.map((title) => title.clientWidth));
      expect(Math.min(...widths)).toBeGreaterThan(280);
      await page.screenshot({ path: join(SCREENSHOTS, `${view}-light-800.png`) });
    }
    await dashboard.page.setViewportSize({ width: 1280, height: 860 });
  });

  it("keeps the history slider in place and shows the past state in the header", async () => {
    const page = await dashboard.show("#/runs/report-mosses");
    const slider = page.getByRole("slider");
    await page.getByRole("list", { name: "What this run needs" }).waitFor();
    const before = await slider.boundingBox();
    const head = page.locator(".page-sub");
    const now = await head.locator(".progress-text").textContent();
    await page.screenshot({ path: join(SCREENSHOTS, "run-now-light-1280.png") });
    await slider.fill("3");
    await page.waitForURL(/at=3/);
    await head.getByText("as it was").waitFor();
    await expect.poll(() => head.locator(".progress-text").textContent()).not.toBe(now);
    const after = await slider.boundingBox();
    expect([after?.x, after?.y, after?.width]).toEqual([before?.x, before?.y, before?.width]);
    await page.screenshot({ path: join(SCREENSHOTS, "run-past-kept-light-1280.png") });
    // What is of today cannot be answered from the past.
    expect(await page.locator("main article:not([inert] *)").count()).toBe(0);
  });

  it("keeps the focus in the node panel after an answer there", async () => {
    const page = await dashboard.show("#/runs/report-mosses?node=release");
    const panel = page.getByRole("complementary", { name: "Node release" });
    await panel.getByRole("button", { name: "send as draft" }).focus();
    await page.keyboard.press("Enter");
    await panel.getByRole("button", { name: "send as draft" }).waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Node release");
  });
});
