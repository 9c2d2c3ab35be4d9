import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { useTempFolder } from "../../../plugin/support/temp-folder.ts";

/** Files below FAKE_ROOT cannot be locked; each refusal leaves a byte in FAKE_COUNT. */
const SHIM = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int inside(int fd) {
  char path[64], to[4096];
  const char *root = getenv("FAKE_ROOT");
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(path, to, sizeof to - 1);
  if (n <= 0 || !root) return 0;
  to[n] = 0;
  return strncmp(to, root, strlen(root)) == 0;
}
static void count(void) {
  int fd = open(getenv("FAKE_COUNT"), O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (fd >= 0) { if (write(fd, ".", 1)) {} close(fd); }
}
#define BODY(name) int name(int fd, int cmd, ...) { \\
  va_list a; va_start(a, cmd); void *arg = va_arg(a, void *); va_end(a); \\
  if ((cmd == F_SETLK || cmd == F_SETLKW) && inside(fd)) { count(); errno = ENOLCK; return -1; } \\
  return ((int (*)(int, int, void *))dlsym(RTLD_NEXT, #name))(fd, cmd, arg); }
BODY(fcntl)
BODY(fcntl64)
`;
const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const HELPER = at("skills/clawtask/scripts/clawtask.cjs");
const WHOLE = at("dist/clawtask.cjs");
const INTERNAL = at("registry-helper/internal.ts");
/** SQLite asks ten times a second while it waits; a look that does not wait asks a few times for each database. */
const FEW = 30;

const hasCompiler = spawnSync("cc", ["--version"]).status === 0 && existsSync("/proc/self/fd");

function build(): { shim: string; root: string; counts: string } {
  const folder = useTempFolder();
  const [shim, root, counts] = [join(folder, "shim.so"), join(folder, "registry"), join(folder, "count")];
  writeFileSync(join(folder, "shim.c"), SHIM);
  execFileSync("cc", ["-shared", "-fPIC", "-o", shim, join(folder, "shim.c"), "-ldl"]);
  mkdirSync(join(root, "workflows"), { recursive: true });
  writeFileSync(
    join(root, "workflows", "one.task.md"),
    "---\nworkflowId: one\ntitle: One\nnodes:\n  - {id: a, title: A, kind: session_turn, prompt: p, outputs: {mode: report}}\n---\n",
  );
  execFileSync(process.execPath, [
    HELPER,
    "--registry-root",
    root,
    "scaffold",
    "--workflow-path",
    "workflows/one.task.md",
    "--run-id",
    "r1",
    "--source-session-key",
    "s",
  ]);
  return { shim, root, counts };
}

const script = (body: string): string[] => [
  "--input-type=module-typescript",
  "-e",
  `import * as helper from "${INTERNAL}"; const registry = helper.openRegistry({ root: process.argv[1] }); ${body}`,
];

/** Everything that opens a database of the registry, and a word of what it answers. */
const CALLERS: Record<string, [args: (root: string) => string[], answer: RegExp]> = {
  list: [(root) => [HELPER, "--registry-root", root, "list"], /r1/],
  status: [(root) => [HELPER, "--registry-root", root, "status"], /r1/],
  "tasks list": [(root) => [HELPER, "--registry-root", root, "tasks", "list"], /tasks/i],
  "flows list": [(root) => [HELPER, "--registry-root", root, "flows", "list"], /FLOW/],
  attention: [(root) => [HELPER, "--registry-root", root, "attention"], /./],
  stats: [(root) => [HELPER, "--registry-root", root, "stats", "one"], /one/],
  audit: [(root) => [HELPER, "--registry-root", root, "tasks", "audit"], /./],
  doctor: [(root) => [HELPER, "--registry-root", root, "doctor"], /cannot lock the index/],
  "the whole doctor": [(root) => [WHOLE, "--registry-root", root, "doctor"], /cannot lock the index/],
  "the recorder's index": [
    (root) => [
      ...script(
        "const index = new helper.LedgerIndex(registry); index.refresh(); index.refresh(); console.log('asked')",
      ),
      root,
    ],
    /asked/,
  ],
  "the change log": [
    (root) => [
      ...script("const log = new helper.ChangeLog(registry); while (log.poll()); console.log('r1', log.cursor)"),
      root,
    ],
    /r1/,
  ],
  "a query of the library": [
    (root) => [
      ...script(
        "console.log(JSON.stringify(helper.callOperation(helper.createOperationContext(registry, {}), 'runs.list', {})))",
      ),
      root,
    ],
    /r1/,
  ],
};

describe.skipIf(!hasCompiler)("a registry on a disk without locks", () => {
  it.each(Object.entries(CALLERS))("is answered without waiting for locks by %s", (_name, [args, answer]) => {
    const { shim, root, counts } = build();
    const env = { ...process.env, LD_PRELOAD: shim, FAKE_ROOT: root, FAKE_COUNT: counts, HOME: root };
    const { stdout, stderr } = spawnSync(process.execPath, args(root), { env, encoding: "utf8" });
    expect(`${stdout}${stderr}`).toMatch(answer);
    const refused = existsSync(counts) ? readFileSync(counts).length : 0;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(FEW);
  });
});
