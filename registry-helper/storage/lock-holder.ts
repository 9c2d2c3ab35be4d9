import { type FileSystem, ifExists } from "./file-system.ts";
import { isAlive } from "./process.ts";

/**
 * Who holds a lock, as the name of a file: `<pid>-<start of the process>-<boot and namespace>-<random>`. A process id
 * means something only within one boot and one process namespace, and is given out again there: the moment at which the
 * process started tells it from a later one. The random part is never used twice, so that a name stands for one holding.
 */
const NAME = /^(\d+)-(\d+)-(\w+)-\w+$/;
const UNKNOWN = "unknown";

export function isHolderName(name: string): boolean {
  return NAME.test(name);
}

let self: { pid: number; prefix: string } | undefined;

/** A name for one holding of a lock by this process. */
export function newHolderName(fs: FileSystem): string {
  const { pid } = process;
  if (self?.pid !== pid) self = { pid, prefix: `${pid}-${findProcess(fs, pid)?.startedAt ?? "0"}-${processSpace(fs)}` };
  return `${self.prefix}-${Math.random().toString(36).slice(2, 12)}x`;
}

/**
 * Whether nobody can be holding a lock under this name any more.
 *
 * @param isStale whether it has been held too long for somebody of whom nothing is known
 */
export function isAbandonedHolder(fs: FileSystem, name: string, isStale: () => boolean): boolean {
  const [, pidText, startedAt, space] = NAME.exec(name) ?? [];
  if (space !== processSpace(fs) || space === UNKNOWN) return isStale();
  const pid = Number(pidText);
  if (!isAlive(pid)) return true;
  const found = findProcess(fs, pid);
  // Hidden from this user: it lives, and more is not known.
  if (found === undefined) return false;
  if (startedAt !== "0" && found.startedAt !== startedAt) return true;
  // It cannot go on by itself. When it is let go on, it finds its lock lost.
  return found.isStopped && isStale();
}

interface ProcessInfo {
  /** In ticks since the machine started. */
  startedAt: string;
  isStopped: boolean;
}

/** What Linux says of a process; undefined elsewhere. */
function findProcess(fs: FileSystem, pid: number): ProcessInfo | undefined {
  try {
    const text = ifExists(() => fs.readFileSync(`/proc/${pid}/stat`, "utf8"), undefined);
    // The second field is the name of the program, in parentheses, and may hold anything.
    const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, startedAt] = [fields?.[0], fields?.[19]];
    if (state === undefined || startedAt === undefined || !/^\d+$/.test(startedAt)) return undefined;
    return { startedAt, isStopped: state === "T" || state === "t" };
  } catch {
    return undefined;
  }
}

let cachedSpace: string | undefined;

/** Names the boot and the process namespace in which this process has its id. */
function processSpace(fs: FileSystem): string {
  if (cachedSpace === undefined) {
    try {
      const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", "");
      cachedSpace = `${boot}n${fs.statSync("/proc/self/ns/pid").ino}`;
    } catch {
      cachedSpace = UNKNOWN;
    }
  }
  return cachedSpace;
}
