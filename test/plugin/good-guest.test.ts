import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { useTempFolder } from "./support/temp-folder.ts";

const PLUGIN = new URL("../../dist/plugin.js", import.meta.url).href;
const GUEST = fileURLToPath(new URL("./support/plugin-guest.ts", import.meta.url));
const TIMES = 20;
/** What a heap may differ by from one look to the next, in bytes; one copy of the plugin's code is more. */
const NOISE = 2 ** 20;

interface Found {
  before: { listeners: Record<string, number>; resources: string[] };
  after: { listeners: Record<string, number>; resources: string[] };
  changed: string[];
  hasOwnEmit: boolean;
  grown: number;
}

describe("the built plugin", () => {
  it("leaves the process as it found it, when it is loaded, started and stopped 20 times", async () => {
    const folder = useTempFolder();
    const args = ["--expose-gc", GUEST, PLUGIN, join(folder, "registry"), String(TIMES)];
    const env = { ...process.env, HOME: folder, OPENCLAW_STATE_DIR: folder, XDG_STATE_HOME: folder };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 110_000 });
    const found = JSON.parse(stdout) as Found;
    expect(found.after).toEqual(found.before);
    expect(found.changed).toEqual([]);
    expect(found.hasOwnEmit).toBe(false);
    expect(found.grown).toBeLessThan(NOISE);
  });
});
