/** Takes the pictures of docs/images anew: `npm run build && node test/dashboard/support/take-pictures.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { gatewayHeartbeatPath, type HeartbeatContent } from "../../../registry-helper/internal.ts";
import { launchBrowser } from "./browser.ts";
import { DashboardServer } from "./dashboard-server.ts";
import { palettePng, type Pixels } from "./palette-png.ts";
import { seedRegistry } from "./seeded-registry.ts";

const IMAGES = new URL("../../../docs/images/", import.meta.url).pathname;
const PICTURES = [
  { name: "dashboard-attention", hash: "#/", theme: "light" },
  { name: "dashboard-run", hash: "#/runs/report-mosses?node=draft", theme: "dark" },
  { name: "dashboard-workflow", hash: "#/workflows/research-report", theme: "light" },
] as const;
/** What is there to be survived by the page, not to be shown. */
const SKIPPED_VIEWS = ["runs/hostile-1", "runs/damaged-1", "workflows/hostile.task.md", "workflows/broken.task.md"];
/** Graphs and charts are drawn by then. */
const DRAWN_MS = 1_000;

const folder = mkdtempSync(join(tmpdir(), "pictures-"));
const root = join(folder, "workspace/clawtask");
seedRegistry(root);
for (const path of SKIPPED_VIEWS) rmSync(join(root, path), { recursive: true });
writeFileSync(gatewayHeartbeatPath(root), JSON.stringify(gatewayNote()));

const server = new DashboardServer(root);
const served = await server.start();
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, reducedMotion: "reduce" });
await page.goto(served.link);
for (const { name, hash, theme } of PICTURES) {
  await page.emulateMedia({ colorScheme: theme });
  await page.goto(served.url + hash);
  await page.locator("main h1").waitFor();
  await page.waitForTimeout(DRAWN_MS);
  writeFileSync(join(IMAGES, `${name}.png`), palettePng(await readPixels(page)));
}
await browser.close();
await server.kill();
rmSync(folder, { recursive: true });

/** The page as it is seen; the browser itself reads its own picture. */
async function readPixels(shown: Page): Promise<Pixels> {
  const picture = (await shown.screenshot()).toString("base64");
  const reader = await shown.context().browser()?.newPage();
  if (reader === undefined) throw new Error("the browser is gone");
  const { width, height, base64 } = await reader.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context?.drawImage(image, 0, 0);
    const rgba = context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
    let text = "";
    for (let at = 0; at < rgba.length; at += 8_192) text += String.fromCharCode(...rgba.subarray(at, at + 8_192));
    return { width: image.width, height: image.height, base64: btoa(text) };
  }, picture);
  await reader.close();
  return { width, height, rgba: Buffer.from(base64, "base64") };
}

/** As a gateway that works on the registry leaves it there. */
function gatewayNote(): HeartbeatContent {
  return {
    version: "0.1.0",
    hostVersion: "2026.9.6",
    pid: process.pid,
    startedAt: new Date().toISOString(),
    writtenAt: new Date().toISOString(),
    connection: { connected: true },
    sends: true,
    backlog: 0,
    openDeliveries: 1,
  };
}
