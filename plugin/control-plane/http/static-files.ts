import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants as zlib, gzip } from "node:zlib";

/** More than a built page has; what is larger was named by mistake. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;
/** Shorter texts are not worth unpacking. */
const MIN_COMPRESSIBLE_BYTES = 1024;
/** A name with a hash in it never stands for other content. */
const HASHED_NAME = /[.-][0-9A-Za-z_]{8,}\.[a-z0-9]+$/;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
};
const COMPRESSIBLE_TYPES = [".html", ".js", ".mjs", ".css", ".json", ".map", ".txt", ".svg"];

interface StaticFile {
  mediaType: string;
  etag: string;
  isHashed: boolean;
  plain: Buffer;
  brotli?: Buffer;
  gzip?: Buffer;
}

/**
 * A folder of built files, read and packed once. Nothing is looked for on disk when a request comes, so that no path of
 * a request can lead out of it; links are left out when it is read.
 */
export class StaticFiles {
  private readonly files: ReadonlyMap<string, StaticFile>;

  constructor(files: ReadonlyMap<string, StaticFile>) {
    this.files = files;
  }

  get count(): number {
    return this.files.size;
  }

  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** The content of a file; undefined when there is none of that name. */
  read(path: string): string | undefined {
    return this.find(path)?.plain.toString("utf8");
  }

  /** Answers with a file. False when there is none of that name. */
  serve(request: IncomingMessage, response: ServerResponse, path: string, headers: Record<string, string>): boolean {
    const file = this.find(path);
    if (file === undefined) return false;
    const { mediaType, etag, isHashed } = file;
    const common = {
      ...headers,
      etag,
      vary: "accept-encoding",
      "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
    };
    if (request.headers["if-none-match"] === etag) {
      response.writeHead(304, common).end();
      return true;
    }
    const { body, encoding } = selectEncoding(request.headers["accept-encoding"], file);
    response.writeHead(200, {
      ...common,
      "content-type": mediaType,
      "content-length": body.length,
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  }

  private find(path: string): StaticFile | undefined {
    return this.files.get(path.endsWith("/") ? `${path}index.html` : path);
  }
}

function selectEncoding(
  accepted: string | string[] | undefined,
  file: StaticFile,
): { body: Buffer; encoding?: string } {
  const encodings = String(accepted ?? "").toLowerCase();
  if (file.brotli !== undefined && /\bbr\b/.test(encodings)) return { body: file.brotli, encoding: "br" };
  if (file.gzip !== undefined && /\bgzip\b/.test(encodings)) return { body: file.gzip, encoding: "gzip" };
  return { body: file.plain };
}

/**
 * Reads a folder of static files; paths begin with `/`.
 *
 * @throws what the file system says, and when it is larger than a built page is
 */
export async function readStaticFiles(folder: string): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  let total = 0;
  for await (const path of listRegularFiles(folder)) {
    const plain = await readRegularFile(join(folder, path));
    if (plain === undefined) continue;
    total += plain.length;
    if (total > MAX_TOTAL_BYTES)
      throw new Error(`${folder} has more than ${MAX_TOTAL_BYTES} bytes: is it a built page?`);
    files.set(path, await compressFile(path, plain));
  }
  return new StaticFiles(files);
}

/** Regular files below a folder. By hand: `readdir` with `recursive` follows links to folders. */
async function* listRegularFiles(folder: string): AsyncGenerator<string> {
  const open = [""];
  for (let inside = open.pop(); inside !== undefined; inside = open.pop()) {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
      const path = `${inside}/${entry.name}`;
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

/** A file that has become a link since the folder was listed is left out. */
async function readRegularFile(path: string): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  try {
    return await file?.readFile();
  } finally {
    await file?.close();
  }
}

async function compressFile(name: string, plain: Buffer): Promise<StaticFile> {
  const extension = extname(name).toLowerCase();
  const file: StaticFile = {
    mediaType: MEDIA_TYPES[extension] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    isHashed: HASHED_NAME.test(name),
    plain,
  };
  if (!COMPRESSIBLE_TYPES.includes(extension) || plain.length < MIN_COMPRESSIBLE_BYTES) return file;
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(plain, { params: { [zlib.BROTLI_PARAM_QUALITY]: 6 } }),
    promisify(gzip)(plain),
  ]);
  return { ...file, brotli, gzip: gzipped };
}
