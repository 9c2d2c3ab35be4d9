/** Where the browser of the tests is: Debian's Chromium, or the one that CLAWTASK_CHROMIUM names. */
export const CHROMIUM = process.env["CLAWTASK_CHROMIUM"] ?? "/usr/bin/chromium";

/** Without these it would look for Google's hosts at every start, and would not start as root. */
export const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
