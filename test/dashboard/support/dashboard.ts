import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { openRegistry, type Registry } from "../../../registry-helper/internal.ts";
import { launchBrowser } from "./browser.ts";
import { DashboardServer, type Served } from "./dashboard-server.ts";
import { type SeededRegistry, seedRegistry } from "./seeded-registry.ts";

/** A seeded registry, the real server on it and a browser that has opened its link. One per test file. */
export class Dashboard {
  readonly root = mkdtempSync(join(tmpdir(), "clawtask-dashboard-"));
  readonly server = new DashboardServer(this.root);
  /** What went wrong in the page; a test that is over with something in here has failed. */
  readonly complaints: string[] = [];
  /** Addresses outside of the server that the page asked for. */
  readonly strangers: string[] = [];
  seeded!: SeededRegistry;
  served!: Served;
  browser!: Browser;
  context!: BrowserContext;
  page!: Page;
  readonly registry: Registry = openRegistry({ root: this.root });

  async open(args: readonly string[] = []): Promise<void> {
    this.seeded = seedRegistry(this.root);
    this.served = await this.server.start({ args });
    this.browser = await launchBrowser();
    this.context = await this.browser.newContext({ viewport: { width: 1280, height: 860 } });
    await this.context.route("**/*", async (route) => {
      const { host } = new URL(route.request().url());
      if (host === new URL(this.served.url).host) return await route.continue();
      this.strangers.push(route.request().url());
      await route.abort();
    });
    this.page = await this.context.newPage();
    this.page.on("pageerror", (error) => this.complaints.push(error.message));
    this.page.on("console", (message) => {
      // Lost connections are complained about by the browser itself.
      if (message.type() === "error" && !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/.test(message.text()))
        this.complaints.push(message.text());
    });
    await this.page.goto(this.served.link);
    await this.page.getByRole("navigation").getByText("live").waitFor();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.kill();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Goes to a view and waits until nothing of it is loading any more. */
  async show(hash: string): Promise<Page> {
    await this.page.goto(this.served.url + hash);
    await this.idle();
    return this.page;
  }

  async idle(): Promise<void> {
    await this.page.locator("main h1").waitFor();
    await expect.poll(() => this.page.locator(".skeleton:not(.list *)").count(), { timeout: 15_000 }).toBe(0);
  }
}

/** The dashboard of a test file. */
export function useDashboard(args: readonly string[] = []): Dashboard {
  const dashboard = new Dashboard();
  beforeAll(() => dashboard.open(args));
  afterAll(() => dashboard.close());
  return dashboard;
}

/** The views that every check of all views goes through. */
export function listViews({ seeded: { tasks, flows } }: Dashboard): Readonly<Record<string, string>> {
  const task = (name: string): string => `#/tasks/${tasks[name] ?? ""}`;
  return {
    attention: "#/",
    tasks: "#/tasks",
    "task-undelivered": task("undelivered"),
    "task-stalled": task("stalled"),
    "task-hostile": task("hostile"),
    runs: "#/runs",
    run: "#/runs/report-mosses?node=draft",
    "run-approval": "#/runs/refund-4711?node=decide",
    "run-written": "#/runs/release-2.4.0?graph=written",
    "run-timeline": "#/runs/report-mosses?tab=timeline",
    "run-events": "#/runs/report-mosses?tab=events",
    "run-tasks": "#/runs/review-billing?tab=tasks",
    "run-about": "#/runs/report-mosses-shorter?tab=about",
    "run-past": "#/runs/report-mosses?at=12",
    "run-hostile": "#/runs/hostile-1?node=a",
    "run-damaged": "#/runs/damaged-1",
    compare: "#/compare?a=report-mosses&b=report-mosses-shorter",
    flows: "#/flows",
    flow: `#/flows/${flows.due}`,
    "flow-of-run": "#/flows/run%3Areport-mosses",
    workflows: "#/workflows",
    workflow: "#/workflows/research-report",
    health: "#/health",
  };
}

export const SCREENSHOTS = new URL("../screenshots/", import.meta.url).pathname;
mkdirSync(SCREENSHOTS, { recursive: true });
