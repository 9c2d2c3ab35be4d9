import { describe, expect, it, onTestFinished } from "vitest";
import { LedgerFixture } from "../support/ledger-fixture.ts";
import type { RegistrySandbox } from "../support/registry-sandbox.ts";
import { useDashboard } from "./support/dashboard.ts";
import { startFrameProxy } from "./support/frame-proxy.ts";

describe("the dashboard in a host frame with an opaque origin", () => {
  const dashboard = useDashboard();

  it("reads, lays out graphs, receives changes and copies commands instead of writing", async () => {
    const { url, server } = await startFrameProxy({ port: dashboard.served.port, root: dashboard.root });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const context = await dashboard.browser.newContext({ viewport: { width: 1280, height: 860 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(url);
    const frame = page.frameLocator("#tab");
    await frame.getByRole("navigation").getByText("live").waitFor();
    const card = frame.getByRole("article").filter({ hasText: "Report: glaciers" });
    await card.getByRole("button", { name: "Copy: retry sources" }).waitFor();

    const ledger = new LedgerFixture({ root: dashboard.root } as unknown as RegistrySandbox);
    const taskId = ledger.task({ facts: { runtime: "subagent", label: "Ask in the frame" }, started: true });
    ledger.signal(taskId, { step: { phase: "waiting_user", blockReason: "user_input", update: "Here?" } });
    await frame.getByRole("article").filter({ hasText: "Ask in the frame" }).waitFor();

    // The layout's worker is started from a blob: an address would be foreign here.
    await frame.getByRole("link", { name: /^Runs/ }).click();
    await frame.getByRole("link", { name: /report-mosses-shorter/ }).click();
    await frame.locator("[data-node=draft]").waitFor();
    expect(complaints).toEqual([]);
  });
});
