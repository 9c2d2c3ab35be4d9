import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

/** Starts a guarded process that would run for a minute, says so and dies like a killed test runner. */
const VICTIM = `
  import { spawn } from 'node:child_process';
  import { guardGroup } from ${JSON.stringify(new URL("./support/process-guard.ts", import.meta.url))};
  const guarded = spawn('sleep', ['60'], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] });
  await new Promise((resolve) => guarded.once('spawn', resolve));
  guardGroup(guarded.pid);
  process.kill(process.pid, 'SIGKILL');
`;

it("ends the guarded process when the process that started it is killed", async () => {
  const victim = spawn(process.execPath, ["--input-type=module", "-e", VICTIM], {
    stdio: ["ignore", "pipe", "inherit"],
  });

  const [, signal] = (await once(victim, "exit")) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
  // The guarded process holds the other end of this pipe: it ends with that process and not before.
  if (!victim.stdout?.readableEnded) await once(victim.stdout.resume(), "close");
}, 10_000);
