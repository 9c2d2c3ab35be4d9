import { constants } from "node:fs";
import { extname, join } from "node:path";
import { findInside, type FileSystem, getErrno } from "../../../registry-helper/internal.ts";

export type TextFormat = "markdown" | "json" | "text";

/** A text file of a run as it was found. */
export interface RunTextFile {
  text: string;
  /** Of the whole file, in bytes. */
  size: number;
  /** True when the file is longer than what was read. */
  isTruncated: boolean;
}

/** Files whose name says that they are no text; what others are is told by their first bytes. */
const NO_TEXT =
  /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg|tiff?|pdf|zip|gz|tgz|bz2|xz|7z|rar|tar|mp[34]|m4[av]|mov|avi|mkv|webm|wav|ogg|flac|woff2?|ttf|otf|eot|exe|dll|so|dylib|bin|wasm|class|jar|pyc|sqlite|db|docx?|xlsx?|pptx?|odt|ods)$/i;
const SAMPLE_BYTES = 1024;

/**
 * Reads the beginning of a text file inside a run. `missing` is also what is no regular file, `outside` what a link
 * leads out of the run. A link that takes the place of the file that was looked at is not followed.
 */
export function readRunText(
  fs: FileSystem,
  folder: string,
  path: string,
  maxBytes: number,
): RunTextFile | "missing" | "outside" | "binary" {
  const real = findInside(fs, folder, path);
  if (real === undefined) return fs.existsSync(join(folder, path)) ? "outside" : "missing";
  let fd: number;
  try {
    fd = fs.openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ELOOP", "ENOTDIR", "EACCES", "EISDIR", "ENXIO"].includes(getErrno(error) ?? "")) return "missing";
    throw error;
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return "missing";
    if (NO_TEXT.test(path)) return "binary";
    const bytes = readUpTo(fs, fd, Math.min(maxBytes, stat.size));
    const text = decodeText(bytes, stat.size > bytes.length);
    return text === undefined ? "binary" : { text, size: stat.size, isTruncated: stat.size > bytes.length };
  } finally {
    fs.closeSync(fd);
  }
}

function readUpTo(fs: FileSystem, fd: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const got = fs.readSync(fd, buffer, at, length - at, at);
    if (got === 0) break;
    at += got;
  }
  return buffer.subarray(0, at);
}

/** UTF-8, or undefined for bytes that are none. A character that is cut in two at the end of a part is left out. */
function decodeText(bytes: Buffer, isPart: boolean): string | undefined {
  if (bytes.subarray(0, SAMPLE_BYTES).includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isPart });
  } catch {
    return undefined;
  }
}

export function getTextFormat(path: string): TextFormat {
  const extension = extname(path).toLowerCase();
  return extension === ".json" ? "json" : extension === ".md" ? "markdown" : "text";
}
