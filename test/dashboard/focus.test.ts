import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { useDashboard } from "./support/dashboard.ts";

describe("focus management", () => {
  const dashboard = useDashboard();
  /** What has it: its label, its words or its tag. */
  const focused = (): Promise<string> =>
    dashboard.page.evaluate(() => {
      const { activeElement } = document;
      return (
        activeElement?.getAttribute("data-node") ??
        activeElement?.getAttribute("aria-label") ??
        (activeElement?.tagName === "BUTTON" ? (activeElement.textContent ?? "") : (activeElement?.tagName ?? ""))
      );
    });
  async function pressByKey(page: Page, name: string, within = "main"): Promise<void> {
    await page.locator(within).getByRole("button", { name, exact: true }).first().focus();
    await page.keyboard.press("Enter");
  }
  async function confirmByKey(page: Page, name: string): Promise<void> {
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await dialog.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
  }

  it("returns the focus to its button when a dialog in the node panel is dismissed", async () => {
    const page = await dashboard.show("#/runs/release-2.4.0?node=ci");
    for (const name of ["Skip", "Fork from here"]) {
      await pressByKey(page, name, ".node-panel");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await expect.poll(focused).toBe(name);
    }
  });

  it("moves the focus to the node panel when Skip removes its button", async () => {
    const page = await dashboard.show("#/runs/release-2.4.0?node=ci");
    await pressByKey(page, "Skip", ".node-panel");
    await confirmByKey(page, "Skip");
    await page.locator(".node-panel").getByRole("button", { name: "Skip" }).waitFor({ state: "detached" });
    await expect.poll(focused).toBe("Node ci");
  });

  it("moves the focus into the node panel when Retry removes its button", async () => {
    const page = await dashboard.show("#/runs/report-24?node=final");
    await pressByKey(page, "Retry", ".node-panel");
    await confirmByKey(page, "Retry");
    await page.locator(".node-panel").getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    await expect.poll(focused).toMatch(/^(Node final|Skip)$/);
  });

  it("moves the focus to the node in the graph when its panel is closed", async () => {
    const page = await dashboard.show("#/runs/report-mosses?node=draft");
    await page.locator("[data-node=draft]").waitFor();
    await pressByKey(page, "Close the node");
    await page.locator(".node-panel").waitFor({ state: "detached" });
    await expect.poll(focused).toBe("draft");
  });

  it("keeps the focus on a button that is replaced by another one", async () => {
    const page = await dashboard.show("#/runs/review-billing");
    await pressByKey(page, "Pause");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await expect.poll(focused).toBe("Resume");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await expect.poll(focused).toBe("Pause");
  });

  it("keeps the focus on a select while its change is being sent", async () => {
    const page = await dashboard.show(`#/tasks/${dashboard.seeded.tasks["stalled"] ?? ""}`);
    const choice = page.getByLabel("What its requester is told");
    await choice.focus();
    await choice.selectOption("silent");
    await page.locator(".toast").filter({ hasText: "From now on: tell nothing" }).waitFor();
    await expect.poll(focused).toBe("What its requester is told");
  });

  it("does not lose the focus when the cancel of a run or the dismissal of a task is confirmed", async () => {
    let page = await dashboard.show("#/runs/review-auth");
    await pressByKey(page, "More controls");
    await pressByKey(page, "Cancel run");
    await confirmByKey(page, "Cancel run");
    await page.getByRole("button", { name: "Cancel run" }).waitFor({ state: "detached" });
    await expect.poll(focused).not.toBe("BODY");
    page = await dashboard.show(`#/tasks/${dashboard.seeded.tasks["ambiguous"] ?? ""}`);
    await pressByKey(page, "Dismiss");
    await confirmByKey(page, "Dismiss");
    await page.getByRole("button", { name: "Dismiss" }).waitFor({ state: "detached" });
    await expect.poll(focused).toBe("MAIN");
  });
});
