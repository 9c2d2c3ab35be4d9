/**
 * What the dashboard costs with much to show: `node test/bench/dashboard-load.ts` (10,000 tasks, a run of 1,000 nodes).
 * A real Chromium on the real server: until something useful is on the page, long tasks while a list is scrolled and
 * filtered, until the graph can be used, and what the server holds in memory.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openRegistry, scaffoldRun } from "../../registry-helper/internal.ts";
import { launchBrowser } from "../dashboard/support/browser.ts";
import { DashboardServer } from "../dashboard/support/dashboard-server.ts";
import { writeSyntheticLedger } from "../support/synthetic-ledger.ts";

const TASKS = 10_000;
const NODES = 1_000;
const GOAL_PAINT_MS = 1_500;
const GOAL_LONG_TASK_MS = 100;
const GOAL_GRAPH_MS = 3_000;
const ROUNDS = 3;
const SCROLL_STEPS = 60;

const missed: string[] = [];
const root = mkdtempSync(join(tmpdir(), "clawtask-dashboard-bench-"));
const server = new DashboardServer(root);

function row(name: string, value: number, unit: string, goal?: number): void {
  const isMissed = goal !== undefined && value > goal;
  if (isMissed) missed.push(name);
  const wanted = goal === undefined ? "" : `goal ${goal} ${unit}${isMissed ? "  MISSED" : ""}`;
  console.log(`${name.padEnd(52)} ${value.toFixed(0).padStart(8)} ${unit}  ${wanted}`);
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** Ten chains side by side that meet at every tenth step. */
function writeLargeWorkflow(): void {
  const lines = Array.from({ length: NODES }, (_, n) => {
    const level = Math.floor(n / 10);
    const needs = level === 0 ? [] : n % 10 === 0 && level % 10 === 0 ? range((level - 1) * 10, 10) : [n - 10];
    return `  - { id: n${n}, title: "Step ${n}", kind: session_turn, needs: [${needs.map((need) => `n${need}`).join(", ")}], prompt: "Do it.", outputs: { mode: notify } }`;
  });
  mkdirSync(join(root, "workflows"), { recursive: true });
  writeFileSync(
    join(root, "workflows/large.task.md"),
    `---\nworkflowId: large\ntitle: A large one\nnodes:\n${lines.join("\n")}\n---\n`,
  );
  const registry = openRegistry({ root });
  scaffoldRun(registry, {
    runId: "large-1",
    workflowPath: "workflows/large.task.md",
    sourceSessionKey: "agent:main:main",
    deliveryContext: null,
  });
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** From the request for the page until the selector is there, by the page's own clock. */
async function untilThere(page: Page, address: string, selector: string): Promise<number> {
  await page.goto("about:blank");
  await page.goto(address, { waitUntil: "commit" });
  await page.locator(selector).first().waitFor();
  return await page.evaluate<number>("performance.now()");
}

/** The longest task of the page while something is done, in milliseconds. */
async function longestTask(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(
    "longTasks = []; new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((one) => one.duration))).observe({ entryTypes: ['longtask'] })",
  );
  await work();
  return await page.evaluate<number>("Math.max(0, ...longTasks)");
}

/** Scrolls the way a wheel does: a step per frame. */
async function scrollThrough(page: Page): Promise<void> {
  await page.locator(".list").hover();
  for (let step = 0; step < SCROLL_STEPS; step += 1) {
    await page.mouse.wheel(0, 600);
    await page.evaluate("new Promise(requestAnimationFrame)");
  }
}

async function search(page: Page, words: string): Promise<void> {
  await page.locator("[data-search]").fill(words);
  await page.waitForURL(new RegExp(`search=${words}`));
  await page.locator(".list-link").first().waitFor();
}

function memoryMiB(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kib = existsSync(status) ? /VmRSS:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1] : undefined;
  return Number(kib ?? Number.NaN) / 1024;
}

try {
  writeSyntheticLedger({ root, count: TASKS, days: 5, nowMs: Date.now() });
  writeLargeWorkflow();
  const { url, link, pid } = await server.start();
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(link);
  await page.locator("main h1").waitFor();

  const paints: Record<string, number[]> = { attention: [], tasks: [], graph: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    paints["attention"]?.push(await untilThere(page, `${url}#/`, ".attention, .empty"));
    paints["tasks"]?.push(await untilThere(page, `${url}#/tasks?all=true`, ".list-link"));
    paints["graph"]?.push(await untilThere(page, `${url}#/runs/large-1`, "[data-graph-ready] [data-node]"));
  }
  row("attention: until something useful is there", median(paints["attention"] ?? []), "ms", GOAL_PAINT_MS);
  row("10,000 tasks: until the first page is there", median(paints["tasks"] ?? []), "ms", GOAL_PAINT_MS);
  row("1,000 nodes: until the graph can be used", median(paints["graph"] ?? []), "ms", GOAL_GRAPH_MS);

  await page.goto(`${url}#/tasks?all=true`);
  await page.locator(".list-link").first().waitFor();
  row(
    "10,000 tasks: longest task while scrolling",
    await longestTask(page, () => scrollThrough(page)),
    "ms",
    GOAL_LONG_TASK_MS,
  );
  row(
    "10,000 tasks: longest task while searching",
    await longestTask(page, () => search(page, "report")),
    "ms",
    GOAL_LONG_TASK_MS,
  );
  row("rows of the list in the page", await page.locator(".list-link").count(), "  ");
  row("memory of the server", memoryMiB(pid), "MiB");
  await browser.close();
} finally {
  await server.kill();
  rmSync(root, { recursive: true, force: true });
}
if (missed.length > 0) console.log(`\nmissed: ${missed.join(", ")}`);
