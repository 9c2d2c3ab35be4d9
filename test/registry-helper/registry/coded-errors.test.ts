import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";
import { createFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { storageError } from "../../../registry-helper/storage/storage-errors.ts";
import { useTempFolder } from "../../plugin/support/temp-folder.ts";
import { failingAt, interferingFileSystem } from "../../support/failing-file-system.ts";
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

describe("an error of the disk", () => {
  it.each(Object.entries(CHANGES))("at any call of %s has a code and a next step", (_name, { before, run }) => {
    const registry = prepared(before);
    const counted = interferingFileSystem((_call, _index, _args, real) => real());
    run({ ...prepared(before), fs: counted.fs });
    for (const [at, call] of counted.calls.entries()) {
      // One error after the other at each call: all of them at one call of each kind would take minutes.
      const errno = ERRNOS[at % ERRNOS.length] ?? "EIO";
      try {
        run({ ...registry, fs: failingAt(at + 1, errno).fs });
      } catch (thrown) {
        const error = storageError(thrown, "the registry");
        expect(isClawTaskError(error), `${call} ${errno}: ${String(thrown)}`).toBe(true);
        if (isClawTaskError(error)) expect(error.next, `${call} ${errno}`).toBeTruthy();
      }
    }
  });
});
