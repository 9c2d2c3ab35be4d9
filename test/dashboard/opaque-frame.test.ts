import { describe, expect, it, onTestFinished } from "vitest";
import { startForeignPage } from "../gateway/support/foreign-page.ts";
import { MountedControlPlane } from "../plugin/control-plane/support/mounted-control-plane.ts";
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

  it("reads with its key in a gateway, whose answers a page of somebody else cannot read", async () => {
    const mounted = new MountedControlPlane();
    onTestFinished(() => mounted.stop());
    const { sandbox } = mounted;
    sandbox.scaffold("demo", sandbox.workflow("demo-flow", { nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] }));
    await mounted.start();
    // As if the browser sent every cookie to every request.
    mounted.access = { scopes: ["operator.read", "operator.write"] };
    const context = await dashboard.browser.newContext({ viewport: { width: 1280, height: 860 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`http://${mounted.host}/`);
    const frame = page.frameLocator("#tab");
    await frame.getByRole("navigation").getByText("live").waitFor();
    await frame.getByRole("link", { name: /^Runs/ }).click();
    await frame.getByRole("link", { name: /demo/ }).first().click();
    await frame.locator("[data-node=a]").waitFor();
    expect(complaints).toEqual([]);

    const addresses = ["/", "/api/session", "/api/runs", "/metrics"].flatMap((path) =>
      ["/plugins/clawtask", "/plugins/clawtask-frame"].map((mount) => `http://${mounted.host}${mount}${path}`),
    );
    const evil = await startForeignPage(addresses);
    onTestFinished(evil.close);
    await page.goto(evil.url);
    const got = await (await page.waitForFunction<string[]>("globalThis.got")).jsonValue();
    expect(got).toHaveLength(16);
    for (const line of got) expect(line).toMatch(/TypeError: Failed to fetch$/);
  });
});
