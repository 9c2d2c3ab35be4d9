/** Where the browser of the tests is: Debian's Chromium, or the one that CLAWTASK_CHROMIUM names. */
export const CHROMIUM = process.env["CLAWTASK_CHROMIUM"] ?? "/usr/bin/chromium";
