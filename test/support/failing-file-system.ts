import { type FileSystem, realFileSystem } from "../../registry-helper/storage/file-system.ts";

type Call = keyof FileSystem;
type AnyFunction = (...args: unknown[]) => unknown;

/** A file system whose k-th call fails, or whose calls fail by a rule. Counts all calls. */
export interface FailingFileSystem {
  fs: FileSystem;
  /** Names of the calls so far, in order. */
  calls: Call[];
}

/** The error that a system call gives. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${call}, made to fail by a test`), { code, syscall: call });
}

/** Passes calls to the real disk; `interfere` may throw, or answer in the place of a call. */
export function interferingFileSystem(
  interfere: (call: Call, index: number, args: unknown[], real: () => unknown) => unknown,
): FailingFileSystem {
  const calls: Call[] = [];
  const fs = new Proxy(realFileSystem, {
    get(target, name) {
      const call = name as Call;
      const real = target[call] as unknown as AnyFunction;
      if (typeof real !== "function") return real;
      return (...args: unknown[]) => {
        calls.push(call);
        return interfere(call, calls.length, args, () => real(...args));
      };
    },
  });
  return { fs, calls };
}

/** Fails the k-th call with a system error; all others pass. */
export function failingAt(k: number, code = "EIO"): FailingFileSystem {
  return interferingFileSystem((call, index, _args, real) => {
    // `existsSync` cannot fail: it answers false.
    if (index === k) {
      if (call === "existsSync") return false;
      throw systemError(code, call);
    }
    return real();
  });
}

/** Fails every use of one call with a system error. */
export function failCalls(failingCalls: readonly Call[], code: string): FailingFileSystem {
  return interferingFileSystem((call, _index, _args, real) => {
    if (failingCalls.includes(call)) throw systemError(code, call);
    return real();
  });
}

/** Writes some of the bytes of a `writeSync`, where all of them would have gone. */
export function writePart(fd: number, bytes: Buffer, offset = 0, length?: number, position?: number | null): number {
  return realFileSystem.writeSync(fd, bytes, offset, length, position);
}

/** A disk that takes only the first bytes of each journal write. */
export function shortWrites(takes: number): FailingFileSystem {
  return interferingFileSystem((call, _index, args, real) => {
    if (call !== "writeSync") return real();
    const [fd, bytes, offset, length, position] = args as Parameters<typeof writePart>;
    return writePart(fd, bytes, offset, Math.min(takes, length ?? bytes.length), position);
  });
}
