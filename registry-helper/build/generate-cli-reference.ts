/** Writes the reference part of docs/cli.md from the commands themselves (`npm run generate`). */
import { readFileSync, writeFileSync } from "node:fs";
import { withReference } from "./cli-reference.ts";

const path = new URL("../../docs/cli.md", import.meta.url);
const text = readFileSync(path, "utf8");
const current = withReference(text);
if (current !== text) writeFileSync(path, current);
