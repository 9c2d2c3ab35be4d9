import { rename, writeFile } from "node:fs/promises";

/** Replaces a small file of the registry: a reader sees the old content or the new, whole. Its writer is alone. */
export async function replaceFile(path: string, content: object): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await rename(next, path);
}
