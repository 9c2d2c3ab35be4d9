import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import { createFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import type { FileSystem } from "../../../registry-helper/storage/file-system.ts";
import { storageError } from "../../../registry-helper/storage/storage-errors.ts";
import { useTempFolder } from "../../plugin/support/temp-folder.ts";
import { interferingFileSystem, systemError } from "../../support/failing-file-system.ts";
import { OPERATIONS, WORKFLOW } from "../../support/operations.ts";

const ERRNOS = ["EROFS", "ENOSPC", "EACCES", "EIO", "ENOENT", "EBUSY"];

const CHANGES: Readonly<Record<string, { before: (registry: Registry) => void; run: (registry: Registry) => void }>> = {
  ...OPERATIONS,
  "flows create": {
    before: () => undefined,
    run: (registry) => void createFlow(registry, { facts: { title: "T", ownerSessionKey: "o" }, key: "k" }),
  },
};

function prepared(before: (registry: Registry) => void): Registry {
  const root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows/w.task.md"), WORKFLOW);
  const registry = openRegistry({ root });
  before(registry);
  return registry;
}

/** Fails the k-th call that is not about a lock: those are waited for, and have tests of their own. */
function failing(k: number, errno: string): { fs: FileSystem; calls: string[] } {
  const calls: string[] = [];
  const { fs } = interferingFileSystem((call, _index, args, real) => {
    if (call === "existsSync" || args.some((arg) => typeof arg === "string" && arg.includes(".lock"))) return real();
    calls.push(call);
    if (calls.length === k) throw systemError(errno, call);
    return real();
  });
  return { fs, calls };
}

describe("an error of the disk", () => {
  it.each(Object.entries(CHANGES))("at any call of %s has a code and a next step", (_name, { before, run }) => {
    const counted = failing(0, "");
    run({ ...prepared(before), fs: counted.fs });
    expect(counted.calls.length).toBeGreaterThan(5);
    for (const [at, call] of counted.calls.entries()) {
      // Another error at each call: all of them at all calls would take minutes.
      const errno = ERRNOS[at % ERRNOS.length] ?? "EIO";
      try {
        // Each on a registry of its own: a lock that could not be removed is held by this process, which lives.
        run({ ...prepared(before), fs: failing(at + 1, errno).fs });
      } catch (thrown) {
        const error = storageError(thrown, "the registry");
        expect(isClawTaskError(error), `${call} ${errno}: ${String(thrown)}`).toBe(true);
        if (isClawTaskError(error)) expect(error.next, `${call} ${errno}`).toBeTruthy();
      }
    }
  });
});
