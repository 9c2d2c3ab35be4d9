import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { loadRun, parseDayFromId } from "../../registry-helper/internal.ts";
import { SCREENSHOTS, useDashboard } from "./support/dashboard.ts";
import { Journals, type Line } from "./support/journals.ts";

/** What a journal's last lines have of a change, whoever reads them. */
const WAIT = { timeout: 20_000 };

describe("a dashboard that writes to the journal", () => {
  const dashboard = useDashboard();
  const journals = new Journals(dashboard.root);
  const taskOf = (name: string): string => dashboard.seeded.tasks[name] ?? "";

  async function press(page: Page, name: string, within = "main"): Promise<void> {
    await page.locator(within).getByRole("button", { name, exact: true }).first().click();
  }
  /** Confirms the question that the button asks. */
  async function confirm(page: Page, name: string, words?: string): Promise<void> {
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    if (words !== undefined) await dialog.getByRole("textbox").fill(words);
    await dialog.getByRole("button", { name, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  }
  async function appears(lines: () => Line[], wanted: Record<string, unknown>): Promise<void> {
    await expect.poll(lines, WAIT).toEqual(expect.arrayContaining([expect.objectContaining(wanted)]));
  }
  const task = (name: string) => (): Line[] => journals.task(taskOf(name));
  const run = (runId: string) => (): Line[] => journals.run(runId);
  const control = (action: string, more: object = {}): Record<string, unknown> => ({
    event: "control.recorded",
    control: expect.objectContaining({ action, by: "dashboard", ...more }) as unknown,
  });

  it("retries a delivery, dismisses it, sets notifications and cancels a task", async () => {
    let page = await dashboard.show(`#/tasks/${taskOf("undelivered")}`);
    await press(page, "Retry delivery");
    await appears(task("undelivered"), {
      event: "delivery.planned",
      delivery: expect.objectContaining({ generation: 2 }) as unknown,
    });

    page = await dashboard.show(`#/tasks/${taskOf("ambiguous")}`);
    await press(page, "Dismiss");
    await confirm(page, "Dismiss", "it arrived, I asked");
    await appears(task("ambiguous"), {
      event: "delivery.dismissed",
      delivery: expect.objectContaining({
        reason: expect.stringContaining("it arrived, I asked") as unknown,
      }) as unknown,
    });

    page = await dashboard.show(`#/tasks/${taskOf("stalled")}`);
    await page.getByLabel("What its requester is told").selectOption("state_changes");
    await appears(task("stalled"), { event: "task.notify_set", notify: "state_changes" });
    await press(page, "Cancel");
    await confirm(page, "Cancel", "moved to Monday");
    await appears(task("stalled"), {
      event: "task.cancel_requested",
      cancel: expect.objectContaining({ by: "dashboard", reason: "moved to Monday" }) as unknown,
    });
  });

  it("changes nothing and restores the focus when a dialog is dismissed", async () => {
    const page = await dashboard.show(`#/tasks/${taskOf("asks")}`);
    const before = task("asks")().length;
    await press(page, "Cancel");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(task("asks")()).toHaveLength(before);
    // The focus is where it was.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
  });

  it("answers an approval with a choice, a message and data", async () => {
    const page = await dashboard.show("#/");
    const card = page.getByRole("article").filter({ hasText: "Refund for Ada Lovelace" });
    await card.getByRole("button", { name: "refund", exact: true }).click();
    await card.getByRole("alert").filter({ hasText: "Amount is asked for" }).waitFor();
    await card.getByLabel("Amount").fill("59.5");
    await card.getByLabel("Account").selectOption("goodwill");
    await card.getByLabel("Words that go along (optional)").fill("and thank her");
    await card.getByRole("button", { name: "refund and apologize" }).click();
    await appears(run("refund-4711"), control("approve", { nodeId: "decide", message: "and thank her" }));
    await expect
      .poll(
        () => loadRun(dashboard.registry, "refund-4711").run.state.nodes.find(({ id }) => id === "decide")?.answer,
        WAIT,
      )
      .toMatchObject({ choice: "refund and apologize", by: "dashboard", data: { amount: 59.5, account: "goodwill" } });
    // It leaves the list by itself.
    await card.waitFor({ state: "detached" });
  });

  it("records the last choice of an approval as a rejection", async () => {
    const page = await dashboard.show("#/runs/report-mosses?node=release");
    await press(page, "do not send", ".node-panel");
    await appears(run("report-mosses"), control("reject", { nodeId: "release" }));
  });

  it("performs the actions suggested on the Attention page", async () => {
    const page = await dashboard.show("#/");
    const card = (text: string) => page.getByRole("article").filter({ hasText: text });
    await card("Report: glaciers").getByRole("button", { name: "Retry sources" }).click();
    await appears(run("report-glaciers"), control("retry", { nodeId: "sources" }));
    const { flows } = dashboard.seeded;
    await card("Move the mailing list").getByRole("button", { name: "Resume" }).click();
    await appears(() => journals.flow(flows.blocked), { event: "flow.resumed" });
    await card("Back up the photos").getByRole("button", { name: "Dismiss" }).click();
    await appears(task("failed"), { event: "delivery.dismissed" });
  });

  it("pauses and resumes a run, adds a note, sends a message and processes due timers", async () => {
    const page = await dashboard.show("#/runs/review-billing");
    const billing = run("review-billing");
    await press(page, "Pause");
    await appears(billing, control("pause"));
    await press(page, "Resume");
    await appears(billing, control("resume"));
    const more = async (name: string, words: string): Promise<void> => {
      if ((await page.getByRole("group", { name: "More controls" }).count()) === 0) await press(page, "More controls");
      await press(page, name);
      await confirm(page, name, words);
    };
    await more("Add a note", "budget is 20 calls");
    await appears(billing, control("note", { message: "budget is 20 calls" }));
    await more("Tell the requester", "the numbers come tomorrow");
    await appears(billing, control("send_message", { message: "the numbers come tomorrow" }));
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByRole("status").getByText("What time has brought is settled").waitFor();
  });

  it("skips and retries a node, and forks a run without changing the original", async () => {
    let page = await dashboard.show("#/runs/release-2.4.0?node=ci");
    await press(page, "Skip", ".node-panel");
    await confirm(page, "Skip", "built by hand");
    await appears(run("release-2.4.0"), control("skip", { nodeId: "ci", message: "built by hand" }));

    page = await dashboard.show("#/runs/report-24?node=final");
    await press(page, "Retry", ".node-panel");
    await confirm(page, "Retry", "with another model");
    await appears(run("report-24"), control("retry", { nodeId: "final", message: "with another model" }));

    page = await dashboard.show("#/runs/report-mosses-shorter?node=check");
    const before = run("report-mosses-shorter")();
    await press(page, "Fork from here", ".node-panel");
    await page.getByRole("dialog").getByLabel("Name of the new run (optional)").fill("report-again");
    await page.getByRole("dialog").getByRole("button", { name: "Make the new run" }).click();
    await page.waitForURL(/#\/runs\/report-again$/);
    await page.getByRole("heading", { name: "Report: mosses in cities" }).waitFor();
    expect(run("report-mosses-shorter")()).toEqual(before);
    expect(loadRun(dashboard.registry, "report-again").run.state.forkedFrom).toEqual({
      runId: "report-mosses-shorter",
      nodeId: "check",
    });
  });

  it("cancels a run only after confirmation, and archives an ended run", async () => {
    let page = await dashboard.show("#/runs/review-auth");
    await press(page, "More controls");
    await press(page, "Cancel run");
    await page.getByRole("dialog").getByText("A cancelled run never goes on").waitFor();
    expect(run("review-auth")()).not.toContainEqual(expect.objectContaining({ event: "run.cancelled" }));
    await confirm(page, "Cancel run");
    await appears(run("review-auth"), { event: "run.cancelled" });

    page = await dashboard.show("#/runs/digest-friday");
    await press(page, "More controls");
    await press(page, "Archive");
    await appears(run("digest-friday"), { event: "run.archived" });
  });

  it("resumes and cancels a flow", async () => {
    const { flows } = dashboard.seeded;
    let page = await dashboard.show(`#/flows/${flows.due}`);
    await press(page, "Resume");
    await appears(() => journals.flow(flows.due), { event: "flow.resumed" });
    page = await dashboard.show(`#/flows/${flows.running}`);
    await press(page, "Cancel");
    await confirm(page, "Cancel", "too late");
    await appears(() => journals.flow(flows.running), {
      event: "flow.cancel_requested",
      cancel: expect.objectContaining({ by: "dashboard", reason: "too late" }) as unknown,
    });
  });

  it("repairs a damaged line and dismisses a lost task found by the audit", async () => {
    const page = await dashboard.show("#/health");
    const day = parseDayFromId(taskOf("everyday-3")) ?? "";
    await page.getByText("damaged line").waitFor();
    await press(page, "Repair 1");
    await confirm(page, "Repair 1");
    await expect.poll(() => existsSync(join(dashboard.root, "ledger", `${day}.damaged`)), WAIT).toBe(true);
    await page.getByText("damaged line").waitFor({ state: "detached" });
    const finding = page.locator(".findings > li").filter({ hasText: taskOf("lost") });
    await finding.getByRole("button", { name: "Dismiss" }).click();
    await appears(task("lost"), { event: "delivery.dismissed" });
    await finding.waitFor({ state: "detached" });
  });

  it("shows a rejected action with its reason until the message is closed", async () => {
    const page = await dashboard.show("#/runs/report-mosses-shorter?node=release");
    await dashboard.context.route("**/actions/**", (route) =>
      route.fulfill({
        status: 409,
        contentType: "application/problem+json",
        body: JSON.stringify({
          status: 409,
          code: "run_closed",
          title: "closed",
          detail: "the run is closed",
          next: "fork it",
        }),
      }),
    );
    await press(page, "More controls");
    await page.getByRole("button", { name: "Look again" }).click();
    const said = page.locator(".toast").filter({ hasText: "the run is closed" });
    await said.getByText("fork it").waitFor();
    await said.getByRole("button", { name: "Close this message" }).click();
    await said.waitFor({ state: "detached" });
    // A dialog lies above everything else: it says it itself, and keeps what was typed.
    await press(page, "More controls");
    await press(page, "Add a note");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("kept");
    await dialog.getByRole("button", { name: "Add a note" }).click();
    await dialog.getByRole("alert").filter({ hasText: "the run is closed" }).waitFor();
    expect(await dialog.getByRole("textbox").inputValue()).toBe("kept");
    await page.screenshot({ path: join(SCREENSHOTS, "dialog-refused-light-1280.png") });
    await dashboard.context.unroute("**/actions/**");
  });
});
