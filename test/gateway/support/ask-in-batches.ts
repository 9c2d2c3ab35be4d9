import { until } from "./until.ts";

/** How things are asked for, and how one knows that they have begun. */
export interface Asking {
  /** Says the words in a chat. */
  readonly ask: (name: string) => void;
  /** When the model last heard of it, in epoch milliseconds. */
  readonly receivedAt: (name: string) => number | undefined;
  /** Whether the model has seen that it has begun. */
  readonly hasStarted: (name: string) => boolean;
  /** Those that have begun by the host's own ledger: looked at before anything is asked for once more. */
  readonly listStartedByHost: () => Promise<ReadonlySet<string>>;
  /** Milliseconds for each batch. */
  readonly deadlineMs: number;
}

/** What is asked for at once: a gateway that begins everything at the same time loses words. */
const BATCH = 4;
/**
 * Milliseconds after which a person asks again when nothing came of their words. A gateway that has just started takes
 * up to half a minute for its first turn on a busy machine, and would do twice what is asked for twice.
 */
const ASK_AGAIN_MS = 60_000;

/**
 * Asks for things a few at a time and resolves when all have begun. The host drops some words of people, or only keeps
 * them as context, while it is busy; those are said again.
 */
export async function askInBatches(names: readonly string[], asking: Asking): Promise<void> {
  for (let from = 0; from < names.length; from += BATCH) await askFor(names.slice(from, from + BATCH), asking);
}

async function askFor(names: readonly string[], asking: Asking): Promise<void> {
  const askedAt = new Map<string, number>();
  const ask = (name: string): void => {
    askedAt.set(name, Date.now());
    asking.ask(name);
  };
  let left = [...names];
  for (const name of names) ask(name);
  const allStarted = async (): Promise<boolean> => {
    left = left.filter((name) => !asking.hasStarted(name));
    const subtreeEndedAt = Date.now() - ASK_AGAIN_MS;
    const isQuiet = (name: string): boolean =>
      Math.max(askedAt.get(name) ?? 0, asking.receivedAt(name) ?? 0) < subtreeEndedAt;
    if (!left.some(isQuiet)) return left.length === 0;
    const startedByHost = await asking.listStartedByHost();
    left = left.filter((name) => !startedByHost.has(name));
    left.filter(isQuiet).forEach(ask);
    return left.length === 0;
  };
  await until(allStarted, {
    what: "what was asked for to begin",
    deadlineMs: asking.deadlineMs,
    explain: () => left.map((name) => `${name}${asking.receivedAt(name) ? " (heard)" : ""}`).join(" "),
  });
}
