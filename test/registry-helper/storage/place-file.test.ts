import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeFolder, realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { appendLines, ConcurrentAppendError } from "../../../registry-helper/storage/journal-file.ts";
import { flushInside, placeFile, placeNewFile } from "../../../registry-helper/storage/place-file.ts";
import { dyingAt, ProcessDied } from "../../support/dying-file-system.ts";
import { failCalls, interferingFileSystem } from "../../support/failing-file-system.ts";

function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawtask-place-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const read = (path: string): string => readFileSync(path, "utf8");

describe("placeNewFile", () => {
  it.each(["with", "without"])("on a disk %s links keeps what has the name, and leaves nothing else", (links) => {
    const folder = useFolder();
    const path = join(folder, "a");
    const { fs } = links === "with" ? { fs: realFileSystem } : failCalls(["linkSync"], "EPERM");
    expect(placeNewFile(fs, path, "first")).toBe(true);
    expect(placeNewFile(fs, path, "second")).toBe(false);
    expect(read(path)).toBe("first");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("leaves the whole file or none when it is killed before any of its calls", () => {
    for (let k = 1; k < 20; k += 1) {
      const folder = useFolder();
      const { fs, calls } = dyingAt(k);
      try {
        placeNewFile(fs, join(folder, "a"), "whole");
      } catch (error) {
        expect(error).toBeInstanceOf(ProcessDied);
      }
      if (readdirSync(folder).includes("a")) expect(read(join(folder, "a"))).toBe("whole");
      if (calls.length < k) return;
    }
  });
});

describe("placeFile", () => {
  it("puts back what stood there when it is taken back, and keeps what another put there since", () => {
    const path = join(useFolder(), "a");
    writeFileSync(path, "old");
    placeFile(realFileSystem, path, "mine").takeBack();
    expect(read(path)).toBe("old");
    const mine = placeFile(realFileSystem, path, "mine");
    placeFile(realFileSystem, path, "other").keep();
    mine.takeBack();
    expect(read(path)).toBe("other");
    expect(readdirSync(join(path, ".."))).toEqual(["a"]);
  });

  it("is refused when another took the name meanwhile", () => {
    const path = join(useFolder(), "a");
    const { fs } = interferingFileSystem((call, _index, _args, real) => {
      if (call === "linkSync") writeFileSync(path, "other");
      return real();
    });
    expect(() => placeFile(fs, path, "mine")).toThrow(ConcurrentAppendError);
    expect(read(path)).toBe("other");
  });
});

/** The names of the folders and files that were flushed, in order. */
function flushedBy(work: (fs: typeof realFileSystem) => void): string[] {
  const open = new Map<unknown, string>();
  const flushed: string[] = [];
  const { fs } = interferingFileSystem((call, _index, args, real) => {
    const answer = real();
    if (call === "openSync") open.set(answer, String(args[0]));
    if (call === "fsyncSync" || call === "fdatasyncSync") flushed.push(open.get(args[0]) ?? "?");
    return answer;
  });
  work(fs);
  return flushed;
}

describe("what is flushed", () => {
  it("is each new folder's parent", () => {
    const root = useFolder();
    const folder = join(root, "a", "b");
    expect(flushedBy((fs) => makeFolder(fs, root, folder))).toEqual([root, join(root, "a")]);
    expect(flushedBy((fs) => makeFolder(fs, root, folder))).toEqual([]);
  });

  it("is the folder of a new journal before its first line, and only then", () => {
    const root = useFolder();
    const path = join(root, "events.jsonl");
    const append = (expectedSize: number) =>
      flushedBy((fs) => void appendLines({ fs, path, expectedSize, lines: "{}\n" }));
    expect(append(0)).toEqual([root, path]);
    expect(append(3)).toEqual([path]);
  });

  it("is a file that somebody else wrote, with its folder", () => {
    const root = useFolder();
    writeFileSync(join(root, "report.md"), "text");
    expect(flushedBy((fs) => flushInside(fs, root, "report.md"))).toEqual([join(root, "report.md"), root]);
    expect(flushedBy((fs) => flushInside(fs, root, "gone.md"))).toEqual([]);
  });
});
