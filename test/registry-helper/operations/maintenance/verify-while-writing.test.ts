import { describe, expect, it } from "vitest";
import { verifyRun } from "../../../../registry-helper/operations/maintenance/verify-run.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { realFileSystem, type FileSystem } from "../../../../registry-helper/storage/file-system.ts";
import { useRun } from "../../../support/registry-sandbox.ts";

/** A disk on which `state.json` reads as older text for the first times, as between an append and its projection. */
function behindFor(reads: number): FileSystem {
  let left = reads;
  let opened = "";
  const openSync: FileSystem["openSync"] = (path, ...rest) => {
    opened = String(path);
    return realFileSystem.openSync(path, ...rest);
  };
  const readFileSync = ((fd: number, ...rest: [never]) => {
    const text = realFileSystem.readFileSync(fd, ...rest) as unknown;
    if (!opened.endsWith("state.json") || left === 0) return text;
    left -= 1;
    return `${left} ${String(text)}`;
  }) as FileSystem["readFileSync"];
  return { ...realFileSystem, openSync, readFileSync };
}

describe("verify", () => {
  it("does not report an unfinished write as a difference", () => {
    const { root } = useRun({ nodes: [{ id: "a" }] });
    const verify = (reads: number): boolean => verifyRun(openRegistry({ root, fs: behindFor(reads) }), "demo").ok;
    expect(verify(1)).toBe(true);
    expect(verify(Infinity), "one that stays is one").toBe(false);
  });
});
