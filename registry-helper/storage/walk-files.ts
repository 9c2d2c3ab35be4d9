import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { FILE_MODE, type FileSystem, FOLDER_MODE, listNames, openFile } from "./file-system.ts";

/**
 * Every regular file below a folder, as paths relative to it, sorted. Links are neither listed nor followed, so what
 * is listed lies inside.
 */
export function filesBelow(fs: FileSystem, folder: string): string[] {
  const files: string[] = [];
  const open = [""];
  for (let inside = open.pop(); inside !== undefined; inside = open.pop()) {
    for (const name of listNames(fs, join(folder, inside))) {
      const path = inside === "" ? name : `${inside}/${name}`;
      const stat = fs.lstatSync(join(folder, path));
      if (stat.isDirectory()) open.push(path);
      else if (stat.isFile()) files.push(path);
    }
  }
  return files.sort();
}

/** Opens a file that was listed; one that has become a link since is refused by the system. */
export function openListed(fs: FileSystem, path: string): number {
  return openFile(fs, path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

const CHUNK_BYTES = 1024 * 1024;

/** Calls `take` with the content of an open file, piece by piece; the buffer is used again for the next one. */
export function readPieces(fs: FileSystem, fd: number, take: (piece: Buffer) => void): void {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let bytes = fs.readSync(fd, chunk); bytes > 0; bytes = fs.readSync(fd, chunk)) take(chunk.subarray(0, bytes));
}

/** Copies a listed file to the same place below another folder, flushed. */
export function copyListed(fs: FileSystem, from: string, to: string, path: string): void {
  fs.mkdirSync(dirname(join(to, path)), { recursive: true, mode: FOLDER_MODE });
  const source = openListed(fs, join(from, path));
  try {
    const target = fs.openSync(join(to, path), "wx", FILE_MODE);
    try {
      readPieces(fs, source, (piece) => {
        for (let at = 0; at < piece.length;) at += fs.writeSync(target, piece, at);
      });
      fs.fdatasyncSync(target);
    } finally {
      fs.closeSync(target);
    }
  } finally {
    fs.closeSync(source);
  }
}
