import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM, CHROMIUM_ARGUMENTS } from "../../support/chromium.ts";

/** The host's Control UI in a browser. */
export interface ControlUi {
  readonly page: Page;
  close(): Promise<void>;
}

/**
 * Opens the Control UI with the gateway's token. The frame of a plugin has an origin of its own, so that its grant is a
 * third party's cookie: some builds of Chromium (Debian's) refuse these unless they are told not to.
 */
export async function openControlUi(host: { url: string; token: string }): Promise<ControlUi> {
  const profile = await mkdtemp(join(tmpdir(), "clawtask-browser-"));
  await mkdir(join(profile, "Default"));
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: CHROMIUM_ARGUMENTS,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${host.url}/#token=${host.token}`);
  return {
    page,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
