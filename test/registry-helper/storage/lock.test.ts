import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { LOCK_TIMEOUT_MS, NOTE_GRACE_MS, STALE_AFTER_MS, withLock } from "../../../registry-helper/storage/lock.ts";
import { interferingFileSystem, failCalls } from "../../support/failing-file-system.ts";
import { useRun } from "../../support/registry-sandbox.ts";

const HOLDER = fileURLToPath(new URL("../../support/lock-holder.ts", import.meta.url));

function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawtask-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that holds the lock and is killed while it does. */
async function dieHolding(lock: string): Promise<void> {
  const child = spawn(process.execPath, [HOLDER, lock], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Takes the lock with a clock of its own, which only sleeping moves. Returns how long it waited, in milliseconds. */
function waitFor(path: string, startAt: number): number {
  let now = startAt;
  withLock({ fs: realFileSystem, path, now: () => now, sleep: (ms) => (now += ms) }, () => undefined);
  return now - startAt;
}

describe("a lock left by a dead process", () => {
  it("does not stop the next command", async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const lock = sandbox.run("demo", ".journal.lock");
    await dieHolding(lock);
    expect(existsSync(lock)).toBe(true);
    sandbox.ok("progress", "demo", "x");
    expect(readdirSync(sandbox.run("demo")).filter((name) => name.startsWith(".journal"))).toEqual([]);
  });

  it("is taken over at once when its note names the dead holder", async () => {
    const lock = join(useFolder(), "lock");
    await dieHolding(lock);
    expect(waitFor(lock, Date.now())).toBe(0);
  });

  it("is taken over after the grace period when its holder died before writing a note", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    const waited = waitFor(lock, statSync(lock).mtimeMs);
    expect(waited).toBeGreaterThan(NOTE_GRACE_MS - 1);
    expect(waited).toBeLessThan(NOTE_GRACE_MS + 50);
  });

  it("is taken over after the grace period when the note belongs to an earlier holder", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    writeFileSync(`${lock}.holder`, `${process.pid} somewhere 1.1`);
    expect(waitFor(lock, statSync(lock).mtimeMs)).toBeLessThan(NOTE_GRACE_MS + 50);
  });
});

describe("a held lock", () => {
  it("makes another process wait", () => {
    const lock = join(useFolder(), "lock");
    let waited = 0;
    withLock({ fs: realFileSystem, path: lock }, () => {
      let now = Date.now();
      const start = now;
      const holderEnds = (ms: number): void => {
        now += ms;
        waited = now - start;
        if (waited > 500) {
          rmSync(lock, { recursive: true });
          rmSync(`${lock}.holder`);
        }
      };
      withLock({ fs: realFileSystem, path: lock, now: () => now, sleep: holderEnds }, () => undefined);
    });
    expect(waited).toBeGreaterThan(500);
  });

  it("on another machine is waited for until it is stale", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    const { ino, mtimeNs } = statSync(lock, { bigint: true });
    writeFileSync(`${lock}.holder`, `1 another-machine ${ino}.${mtimeNs}`);
    const waited = waitFor(lock, statSync(lock).mtimeMs);
    expect(waited).toBeGreaterThan(STALE_AFTER_MS - 50);
    expect(waited).toBeLessThan(STALE_AFTER_MS + 50);
  });

  it("that is renewed continuously ends in journal_busy, not in an endless wait", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    const start = Date.now();
    let now = start;
    const renew = (ms: number): void => {
      now += ms * 100;
      utimesSync(lock, now / 1000, now / 1000);
    };
    utimesSync(lock, now / 1000, now / 1000);
    writeFileSync(`${lock}.holder`, "1 another-machine 1.1");
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      // Every look finds the note of the holding that is there.
      if (call === "readFileSync") {
        const { ino, mtimeNs } = statSync(lock, { bigint: true });
        return `1 another-machine ${ino}.${mtimeNs}`;
      }
      return real();
    });
    expect(() => withLock({ fs, path: lock, now: () => now, sleep: renew }, () => undefined)).toThrow(
      expect.objectContaining({ code: "journal_busy" }),
    );
    expect(now - start).toBeGreaterThan(LOCK_TIMEOUT_MS);
  });

  it("that is a dangling symbolic link ends in journal_busy", () => {
    const lock = join(useFolder(), "lock");
    symlinkSync("/nowhere/at/all", lock);
    let now = Date.now();
    expect(() =>
      withLock({ fs: realFileSystem, path: lock, now: () => now, sleep: (ms) => (now += ms * 100) }, () => undefined),
    ).toThrow(expect.objectContaining({ code: "journal_busy" }));
  });
});

describe("releasing a lock", () => {
  it("leaves no files", () => {
    const folder = useFolder();
    withLock({ fs: realFileSystem, path: join(folder, "lock") }, () =>
      expect(readdirSync(folder).sort()).toEqual(["lock", "lock.holder"]),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("happens when the work throws, and the work's error is rethrown", () => {
    const folder = useFolder();
    expect(() =>
      withLock({ fs: realFileSystem, path: join(folder, "lock") }, () => {
        throw new Error("of the work");
      }),
    ).toThrow("of the work");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("never removes a lock that now belongs to another holder", () => {
    const folder = useFolder();
    const lock = join(folder, "lock");
    withLock({ fs: realFileSystem, path: lock }, () => {
      rmSync(lock, { recursive: true });
      mkdirSync(join(folder, "in-between"));
      mkdirSync(lock);
    });
    expect(existsSync(lock)).toBe(true);
  });

  it("does not fail the completed work when it fails itself", () => {
    const lock = join(useFolder(), "lock");
    const { fs } = failCalls(["rmdirSync"], "EIO");
    expect(withLock({ fs, path: lock }, () => "done")).toBe("done");
  });

  it("leaves nothing when the note cannot be written", () => {
    const folder = useFolder();
    const { fs } = failCalls(["writeFileSync"], "ENOSPC");
    expect(() => withLock({ fs, path: join(folder, "lock") }, () => undefined)).toThrow("ENOSPC");
    expect(readdirSync(folder)).toEqual([]);
  });
});
