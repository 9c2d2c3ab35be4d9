import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { useDashboard } from "./support/dashboard.ts";

describe("the focus is never lost", () => {
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

  it("a dialog in the panel of a node that is left gives it back to its button", async () => {
    const page = await dashboard.show("#/runs/release-2.4.0?node=ci");
    for (const name of ["Skip", "Fork from here"]) {
      await pressByKey(page, name, ".node-panel");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await expect.poll(focused).toBe(name);
    }
  });

  it("after Skip the button is gone, and the panel has it", async () => {
    const page = await dashboard.show("#/runs/release-2.4.0?node=ci");
    await pressByKey(page, "Skip", ".node-panel");
    await confirmByKey(page, "Skip");
    await page.locator(".node-panel").getByRole("button", { name: "Skip" }).waitFor({ state: "detached" });
    await expect.poll(focused).toBe("Node ci");
  });

  it("after Retry it is in the panel, too", async () => {
    const page = await dashboard.show("#/runs/report-24?node=final");
    await pressByKey(page, "Retry", ".node-panel");
    await confirmByKey(page, "Retry");
    await page.locator(".node-panel").getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    await expect.poll(focused).toMatch(/^(Node final|Skip)$/);
  });

  it("a panel that is closed gives it to its node in the graph", async () => {
    const page = await dashboard.show("#/runs/report-mosses?node=draft");
    await page.locator("[data-node=draft]").waitFor();
    await pressByKey(page, "Close the node");
    await page.locator(".node-panel").waitFor({ state: "detached" });
    await expect.poll(focused).toBe("draft");
  });

  it("a button that becomes another one keeps it, also while it is busy", async () => {
    const page = await dashboard.show("#/runs/review-billing");
    await pressByKey(page, "Pause");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await expect.poll(focused).toBe("Resume");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await expect.poll(focused).toBe("Pause");
  });

  it("a choice keeps it while it is sent", async () => {
    const page = await dashboard.show(`#/tasks/${dashboard.seeded.tasks["stalled"] ?? ""}`);
    const choice = page.getByLabel("What its requester is told");
    await choice.focus();
    await choice.selectOption("silent");
    await page.locator(".toast").filter({ hasText: "From now on: tell nothing" }).waitFor();
    await expect.poll(focused).toBe("What its requester is told");
  });

  it("a run or a task whose cancel is confirmed", async () => {
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
