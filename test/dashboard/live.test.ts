import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { advanceRun, controlRun } from "../../registry-helper/internal.ts";
import { finishNode } from "../../registry-helper/operations/runs/finish-node.ts";
import { LedgerFixture } from "../support/ledger-fixture.ts";
import type { RegistrySandbox } from "../support/registry-sandbox.ts";
import { SCREENSHOTS, useDashboard } from "./support/dashboard.ts";

describe("a live dashboard", () => {
  const dashboard = useDashboard();
  const ledger = (): LedgerFixture => new LedgerFixture({ root: dashboard.root } as unknown as RegistrySandbox);
  const startTask = (label: string): string =>
    ledger().task({ facts: { runtime: "subagent", label, requesterSessionKey: "agent:main:main" }, started: true });

  it("shows a task that starts, reports progress and ends", async () => {
    const page = await dashboard.show("#/tasks");
    await page.evaluate("window.wasNotReloaded = true");
    const taskId = startTask("Count the herons");
    const row = page.getByRole("listitem").filter({ hasText: "Count the herons" });
    await row.waitFor();
    ledger().signal(taskId, { step: { phase: "researching", update: "lake 2 of 5" } });
    await row.getByText("lake 2 of 5").waitFor();
    ledger().signal(taskId, { ending: { status: "succeeded", result: "31 herons" } });
    await row.getByText("31 herons").waitFor();
    expect(await page.evaluate("window.wasNotReloaded")).toBe(true);
  });

  it("adds entries that match the filter of a list and removes those that no longer do", async () => {
    const page = await dashboard.show("#/tasks?status=running");
    const taskId = startTask("Weigh the owls");
    const row = page.getByRole("listitem").filter({ hasText: "Weigh the owls" });
    await row.waitFor();
    ledger().signal(taskId, { ending: { status: "succeeded", result: "0.4 kg" } });
    await row.waitFor({ state: "detached" });
  });

  it("updates the open page of a task", async () => {
    const taskId = startTask("Name the ducks");
    const page = await dashboard.show(`#/tasks/${taskId}`);
    ledger().signal(taskId, { step: { phase: "waiting_user", blockReason: "user_input", update: "Is Bill taken?" } });
    await page.getByText("it asked a question").first().waitFor();
    await page.getByText("Is Bill taken?").first().waitFor();
  });

  it("updates the nodes of a run and the list of what needs attention", async () => {
    let page = await dashboard.show("#/runs/review-billing");
    const { nodes } = advanceTestRun("review-billing");
    const [first] = nodes;
    await page.locator(`[data-node="${first ?? ""}"]`).waitFor();
    finishNode(dashboard.registry, "review-billing", {
      nodeId: first ?? "",
      to: "failed",
      message: "the mirror is gone",
    });
    await page.locator(`[data-node="${first ?? ""}"].step-failed, [data-node="${first ?? ""}"].step-ready`).waitFor();
    page = await dashboard.show("#/");
    const taskId = startTask("Ask about the swans");
    ledger().signal(taskId, { step: { phase: "waiting_user", blockReason: "user_input", update: "Which pond?" } });
    await page.getByRole("article").filter({ hasText: "Which pond?" }).waitFor();
    await expect
      .poll(async () => (await page.locator("h1").textContent())?.split(" ")[0])
      .toBe(String(await page.getByRole("article").count()));
    // Those who do not see the page are told.
    await page.locator("[data-announcer]", { hasText: "things need you" }).waitFor({ state: "attached" });
  });

  it("updates a waiting run in the list when it is cancelled", async () => {
    const page = await dashboard.show("#/runs?search=refund");
    const row = page.locator("[data-row]").filter({ hasText: "refund-4711" });
    await row.getByText("waiting approval").first().waitFor();
    controlRun(dashboard.registry, "refund-4711", { action: "cancel", by: "ana" });
    await row.getByText("cancelled").first().waitFor();
  });

  function advanceTestRun(runId: string): { nodes: string[] } {
    const { run } = advanceRun(dashboard.registry, runId, { self: "clawtask", by: "agent:main:main" });
    return { nodes: run.state.nodes.filter(({ status }) => status === "running").map(({ id }) => id) };
  }

  it("reports since when the server has been unreachable, and catches up after it is back", async () => {
    const page = await dashboard.show("#/tasks");
    const { port } = dashboard.served;
    await dashboard.server.kill();
    const banner = page.getByRole("alert").filter({ hasText: "The server does not answer" });
    await banner.waitFor();
    expect(await banner.textContent()).toMatch(/Last heard of (just now|\d+ s ago)/);
    await page.getByRole("navigation").getByText("no connection").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "server-gone-light-1280.png") });
    // What is known stays where it was.
    expect(await page.getByRole("listitem").filter({ hasText: "Book the train to Vienna" }).count()).toBe(1);
    startTask("Began while nobody served");
    await dashboard.server.start({ port });
    await banner.getByRole("button", { name: "Try now" }).click();
    await page.getByRole("listitem").filter({ hasText: "Began while nobody served" }).waitFor();
    await banner.waitFor({ state: "detached" });
    await page.getByRole("status").getByText("The server is back").waitFor();
    await page.getByRole("navigation").getByText("live").waitFor();
  });
});
