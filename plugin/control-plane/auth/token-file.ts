import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A key of 256 bits, in characters that headers and subprotocols can carry. */
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Where the token of a registry's server lies. Whoever may read this file may do what the server may. */
export function getTokenPath(root: string): string {
  return join(root, ".control-plane", "token");
}

/**
 * The token of a registry: read, or made when there is none.
 *
 * @param rotate make another one; a server that runs ends the streams of the old one
 * @throws what the file system says, and when the file is a link or not a token
 */
export async function loadOrCreateToken(root: string, options: { rotate?: boolean } = {}): Promise<string> {
  const path = getTokenPath(root);
  await rejectSymlinkedFolder(root);
  const known = options.rotate === true ? undefined : await readToken(root);
  if (known !== undefined) return known;
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  await ignoreInGit(dirname(path));
  const temporaryPath = `${path}.${process.pid}.next`;
  await rm(temporaryPath, { force: true });
  const file = await open(temporaryPath, "wx", FILE_MODE);
  try {
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
  return token;
}

/** A registry may lie in a repository; its token must not. */
async function ignoreInGit(folder: string): Promise<void> {
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx", mode: FILE_MODE }).catch(() => undefined);
}

/** The token as the file has it; undefined when there is no file. What others could read is closed to them. */
export async function readToken(root: string): Promise<string | undefined> {
  const path = getTokenPath(root);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    },
  );
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is no regular file; remove it, or serve with --rotate-token`);
    // Another user's file, as on a volume that gives its files to a group: the token is no secret of ours any more.
    if ((stat.mode & 0o077) !== 0 && !(await isClosedNow(path))) return undefined;
    const token = (await file.readFile("utf8")).trim();
    if (!TOKEN.test(token)) throw new Error(`${path} holds no token; remove it, or serve with --rotate-token`);
    return token;
  } finally {
    await file.close();
  }
}

async function isClosedNow(path: string): Promise<boolean> {
  try {
    await chmod(path, FILE_MODE);
    return true;
  } catch {
    return false;
  }
}

/** Changes when somebody puts another token there. */
export async function readTokenStamp(root: string): Promise<string> {
  try {
    const { ino, mtimeMs } = await stat(getTokenPath(root));
    return `${ino}.${mtimeMs}`;
  } catch (error) {
    if (isMissing(error)) return "none";
    throw error;
  }
}

/** @throws when the token's folder leads elsewhere */
async function rejectSymlinkedFolder(root: string): Promise<void> {
  const folder = dirname(getTokenPath(root));
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isSymbolicLink() === true) throw new Error(`${folder} is a symbolic link`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
