import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

/** A command for {@link HelperThread}. */
export interface ThreadCall {
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** What {@link HelperThread} answers. */
export interface ThreadAnswer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Run = (
  require: (name: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  process: NodeJS.Process,
) => void;

const load = createRequire(import.meta.url);
const programs = new Map<string, Run>();
const { signal, port } = workerData as { signal: Int32Array; port: import("node:worker_threads").MessagePort };

/** The file's code, compiled once; each command executes it anew, as a process would. */
function compile(path: string): Run {
  let run = programs.get(path);
  if (run === undefined) {
    const code = fs.readFileSync(path, "utf8").replace(/^#!.*/, "");
    run = new Script(`(function (require, module, exports, process) {${code}\n})`, {
      filename: path,
    }).runInThisContext() as Run;
    programs.set(path, run);
  }
  return run;
}

/** Executes the helper on its own modules, with what it prints kept apart. */
function execute({ file, argv, env, cwd }: ThreadCall): Promise<ThreadAnswer> {
  const printed: Record<number, Buffer[]> = { 1: [], 2: [] };
  const ownFs = {
    ...fs,
    writeSync: (fd: number, ...rest: [Buffer, number]) => {
      const into = printed[fd];
      if (into === undefined) return fs.writeSync(fd, ...rest);
      const bytes = Buffer.from(rest[0].subarray(rest[1] ?? 0));
      into.push(bytes);
      return bytes.length;
    },
    fstatSync: (fd: number, ...rest: []) => (fd in printed ? fs.statSync(file) : fs.fstatSync(fd, ...rest)),
  };
  // The home folder of a thread is that of its process.
  const ownOs = { ...os, homedir: () => env["HOME"] ?? os.homedir() };
  const getBuiltin = (name: string): unknown => {
    if (name === "node:fs") return ownFs;
    return name === "node:os" ? ownOs : load(name);
  };
  const modules = new Map<string, { exports: unknown }>();
  return new Promise((resolve, reject) => {
    const answer = (status: number): void => {
      const text = (fd: number): string => Buffer.concat(printed[fd] ?? []).toString("utf8");
      resolve({ status, stdout: text(1), stderr: text(2) });
    };
    const ownProcess = Object.create(process, {
      argv: { value: [process.execPath, file, ...argv] },
      env: { value: env },
      cwd: { value: () => cwd },
      exit: { value: answer },
      getBuiltinModule: { value: getBuiltin },
    }) as NodeJS.Process;
    const requireFrom =
      (folder: string) =>
      (name: string): unknown => {
        if (name === "node:fs") return ownFs;
        if (!name.startsWith(".")) return load(name);
        const path = join(folder, name);
        let module = modules.get(path);
        if (module === undefined) {
          module = { exports: {} };
          modules.set(path, module);
          compile(path)(requireFrom(dirname(path)), module, module.exports, ownProcess);
        }
        return module.exports;
      };
    try {
      requireFrom(dirname(file))(`./${file.slice(dirname(file).length + 1)}`);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

parentPort?.on("message", (call: ThreadCall) => {
  void execute(call)
    .catch((error: unknown): ThreadAnswer => ({ status: 70, stdout: "", stderr: String((error as Error).stack) }))
    .then((answer) => {
      port.postMessage(answer);
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
});
