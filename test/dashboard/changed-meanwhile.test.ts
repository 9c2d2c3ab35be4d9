import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { useDashboard } from "./support/dashboard.ts";
import { Journals } from "./support/journals.ts";

const COMMAND = fileURLToPath(new URL("../../dist/clawtask.cjs", import.meta.url));
const SAID = "It has changed since you looked, so nothing was done.";

describe("a dashboard action on data that has changed since it was shown", () => {
  const dashboard = useDashboard();
  const journals = new Journals(dashboard.root);
  const clawtask = (...words: string[]): void => {
    execFileSync(process.execPath, [COMMAND, "--registry-root", dashboard.root, ...words], { stdio: "ignore" });
  };
  /** Lets somebody else act when the page's first request is on its way. */
  async function inBetween(act: () => void): Promise<{ revisions: (string | undefined)[] }> {
    const revisions: (string | undefined)[] = [];
    await dashboard.context.unroute("**/actions/**");
    await dashboard.context.route("**/actions/**", async (route) => {
      revisions.push(route.request().headers()["if-match"]);
      if (revisions.length === 1) act();
      await route.continue();
    });
    return { revisions };
  }
  const controls = (runId: string): unknown[] =>
    journals.run(runId).flatMap(({ control }) => {
      const { action, by } = (control ?? {}) as { action?: string; by?: string };
      return action === undefined ? [] : [`${action} by ${by ?? ""}`];
    });
  /** Without what was said before. */
  async function showAgain(hash: string): Promise<Page> {
    await dashboard.show(hash);
    await dashboard.page.reload();
    await dashboard.idle();
    return dashboard.page;
  }
  async function press(page: Page, name: string, within = "main"): Promise<void> {
    await page.locator(within).getByRole("button", { name, exact: true }).first().click();
  }

  it("keeps an answer that another client gave first and reports the conflict", async () => {
    const page = await showAgain("#/");
    const { revisions } = await inBetween(() =>
      clawtask("approve", "report-mosses", "release", "--choice", "send as draft", "--by", "ana"),
    );
    const card = page.getByRole("article").filter({ hasText: "Report: mosses in cities" });
    await card.getByRole("button", { name: "do not send" }).click();
    await page.locator(".toast").filter({ hasText: SAID }).waitFor();
    expect(revisions).toEqual([expect.stringMatching(/^"\d+"$/)]);
    expect(controls("report-mosses")).toEqual(["approve by ana"]);
    // What else the run needs attention for stays.
    await card.getByRole("button", { name: "do not send" }).waitFor({ state: "detached" });
  });

  it("closes its dialog and keeps the reason visible when the node has changed", async () => {
    const page = await showAgain("#/runs/report-glaciers?node=sources");
    await inBetween(() => clawtask("retry", "report-glaciers", "sources", "--by", "ana"));
    await press(page, "Retry", ".node-panel");
    await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
    await page.locator(".toast").filter({ hasText: SAID }).waitFor();
    await page.locator(".node-panel").getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    expect(controls("report-glaciers")).toEqual(["retry by ana"]);
  });

  it("requires a second confirmation to cancel a run that was paused in the meantime", async () => {
    const page = await showAgain("#/runs/review-auth");
    const before = controls("review-auth");
    const { revisions } = await inBetween(() => clawtask("pause", "review-auth", "--by", "ana"));
    await press(page, "More controls");
    await press(page, "Cancel run");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("not needed any more");
    await dialog.getByRole("button", { name: "Cancel run" }).click();
    await dialog.getByRole("alert").getByText(SAID).waitFor();
    await dialog.getByText("What is shown now is up to date. Look at it again, then decide.").waitFor();
    await page.locator(".page-sub").getByText("paused").waitFor();
    expect(controls("review-auth")).toEqual([...before, "pause by ana"]);
    await dialog.getByRole("button", { name: "Cancel run" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(controls("review-auth")).toEqual([...before, "pause by ana", "cancel by dashboard"]);
    expect(revisions).toHaveLength(2);
  });

  it("does not dismiss a result that is already being sent again", async () => {
    const taskId = dashboard.seeded.tasks["undelivered"] ?? "";
    const page = await showAgain(`#/tasks/${taskId}`);
    await inBetween(() => clawtask("tasks", "retry", taskId));
    await press(page, "Dismiss");
    await page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
    await page.getByText(SAID).first().waitFor();
    expect(journals.task(taskId)).not.toContainEqual(expect.objectContaining({ event: "delivery.dismissed" }));
  });

  it("is not blocked when only other parts of the run have changed", async () => {
    const page = await showAgain("#/runs/release-2.4.0?node=ci");
    const { revisions } = await inBetween(() => clawtask("note", "release-2.4.0", "legal says yes", "--by", "ana"));
    await press(page, "Skip", ".node-panel");
    await page.getByRole("dialog").getByRole("button", { name: "Skip" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => controls("release-2.4.0")).toContain("skip by dashboard");
    expect(revisions).toHaveLength(2);
    expect(new Set(revisions).size).toBe(2);
  });
});
