import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium; `.ci/run` installs it where it is missing. Nothing of it may call home. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env["CLAWTASK_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--force-color-profile=srgb",
    ],
  });
}
