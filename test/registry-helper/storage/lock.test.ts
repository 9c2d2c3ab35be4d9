import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
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
import { failCalls, interferingFileSystem } from "../../support/failing-file-system.ts";
import { useRun } from "../../support/registry-sandbox.ts";

const HOLDER = fileURLToPath(new URL("../../support/lock-holder.ts", import.meta.url));

/** The name of a holder of which nothing is known here. */
const ELSEWHERE = "1-1-elsewhere-1";

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

  it("is taken over at once when its process id was given to another process since", async () => {
    const lock = join(useFolder(), "lock");
    await dieHolding(lock);
    const [name = ""] = readdirSync(lock);
    // This process has the id now, and started at another time.
    renameSync(join(lock, name), join(lock, name.replace(/^\d+/, String(process.pid))));
    expect(waitFor(lock, Date.now())).toBe(0);
  });

  it("of 0.1.0 is taken over once it is stale", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    writeFileSync(`${lock}.holder`, `${process.pid} somewhere 1.1`);
    const waited = waitFor(lock, statSync(lock).mtimeMs);
    expect(waited).toBeGreaterThan(STALE_AFTER_MS - 50);
    expect(readdirSync(join(lock, ".."))).toEqual([]);
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
        if (waited > 500) rmSync(lock, { recursive: true });
      };
      withLock({ fs: realFileSystem, path: lock, now: () => now, sleep: holderEnds }, () => undefined);
    });
    expect(waited).toBeGreaterThan(500);
  });

  it("on another machine is waited for until it is stale", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    writeFileSync(join(lock, ELSEWHERE), "");
    const waited = waitFor(lock, statSync(lock).mtimeMs);
    expect(waited).toBeGreaterThan(STALE_AFTER_MS - 50);
    expect(waited).toBeLessThan(STALE_AFTER_MS + 50);
  });

  it("that is renewed continuously ends in journal_busy, not in an endless wait", () => {
    const lock = join(useFolder(), "lock");
    mkdirSync(lock);
    const start = Date.now();
    let now = start;
    let holder = join(lock, ELSEWHERE);
    writeFileSync(holder, "");
    const renew = (ms: number): void => {
      now += ms * 100;
      const next = join(lock, ELSEWHERE + String(now));
      renameSync(holder, next);
      holder = next;
      utimesSync(lock, now / 1000, now / 1000);
    };
    const fs = realFileSystem;
    expect(() => withLock({ fs, path: lock, now: () => now, sleep: renew }, () => undefined)).toThrow(
      expect.objectContaining({ code: "journal_busy" }),
    );
    expect(now - start).toBeGreaterThan(LOCK_TIMEOUT_MS);
  });

  it.each(["nowhere", "a folder"])(
    "that is a symbolic link to %s is no lock, and nothing behind it is touched",
    (to) => {
      const folder = useFolder();
      const lock = join(folder, "lock");
      mkdirSync(join(folder, "other"));
      writeFileSync(join(folder, "other", ELSEWHERE), "");
      symlinkSync(join(folder, to === "nowhere" ? to : "other"), lock);
      expect(waitFor(lock, Date.now())).toBeLessThan(NOTE_GRACE_MS + 50);
      expect(readdirSync(folder)).toEqual(["other"]);
      expect(readdirSync(join(folder, "other"))).toEqual([ELSEWHERE]);
    },
  );

  it("is never taken from a holder on this machine that lives", () => {
    const lock = join(useFolder(), "lock");
    withLock({ fs: realFileSystem, path: lock }, () => {
      utimesSync(lock, 1, 1);
      expect(() => waitFor(lock, Date.now())).toThrow(expect.objectContaining({ code: "journal_busy" }));
      expect(readdirSync(lock)).toHaveLength(1);
    });
  });

  it("is taken from a holder that was stopped, which then finds its lock lost", async () => {
    const lock = join(useFolder(), "lock");
    const child = spawn(process.execPath, [HOLDER, lock], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    child.kill("SIGSTOP");
    const waited = waitFor(lock, Date.now());
    expect(waited).toBeGreaterThan(STALE_AFTER_MS - 50);
    expect(waited).toBeLessThan(2 * STALE_AFTER_MS);
  });

  it.each(["mkdirSync", "openSync", "closeSync"])(
    "is held by one of two when the first stalls after its %s",
    (stall) => {
      const lock = join(useFolder(), "lock");
      const order: string[] = [];
      let isStalled = false;
      const { fs } = interferingFileSystem((call, _index, _args, real) => {
        const answer = real();
        if (call !== stall || isStalled) return answer;
        isStalled = true;
        let now = Date.now();
        const other = { fs: realFileSystem, path: lock, now: () => now, sleep: (ms: number) => (now += ms) };
        // Whoever lives and has left its name is not robbed; the others were too slow.
        if (stall === "mkdirSync") withLock(other, () => order.push("other"));
        else expect(() => withLock(other, () => undefined)).toThrow(expect.objectContaining({ code: "journal_busy" }));
        return answer;
      });
      withLock({ fs, path: lock }, () => order.push("first"));
      expect(order).toEqual(stall === "mkdirSync" ? ["other", "first"] : ["first"]);
      expect(existsSync(lock)).toBe(false);
    },
  );
});

describe("releasing a lock", () => {
  it("leaves no files", () => {
    const folder = useFolder();
    withLock({ fs: realFileSystem, path: join(folder, "lock") }, () => expect(readdirSync(folder)).toEqual(["lock"]));
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

  it("leaves nothing when the name cannot be left", () => {
    const folder = useFolder();
    const { fs } = failCalls(["openSync"], "ENOSPC");
    expect(() => withLock({ fs, path: join(folder, "lock") }, () => undefined)).toThrow("ENOSPC");
    expect(readdirSync(folder)).toEqual([]);
  });
});
