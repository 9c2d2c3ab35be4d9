import { type Browser, chromium } from "playwright-core";
import { CHROMIUM, CHROMIUM_ARGUMENTS } from "../../support/chromium.ts";

/** Nothing of it may call home. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", ...CHROMIUM_ARGUMENTS, "--force-color-profile=srgb"],
  });
}
