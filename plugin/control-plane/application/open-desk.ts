import { LedgerIndex, openRegistry, type Registry, version } from "../../../registry-helper/index.ts";
import { runCli } from "../../../registry-helper/cli/main.ts";
import type { CommandLine } from "../../verbs/run-verb.ts";
import { NO_CHANGES } from "../contract/changes.ts";
import type { Desk } from "./api.ts";

/**
 * A desk on a registry, for a server that stands alone and for tests. Opens nothing yet: the index is opened by the
 * first request.
 */
export function openDesk(options: { root: string } & Partial<Omit<Desk, "index">>): Desk {
  const { registry = openRegistry({ root: options.root }) } = options;
  const startedAt = new Date(registry.now() / 1000).toISOString();
  return {
    registry,
    index: new LedgerIndex(registry),
    commandLine: options.commandLine ?? commandLineOn(registry),
    changes: options.changes ?? NO_CHANGES,
    ...(options.problem === undefined ? {} : { problem: options.problem }),
    facts: options.facts ?? (() => ({ version, startedAt })),
  };
}

/** The command line of the helper on a registry, in this thread: the same verbs as in a terminal. */
export function commandLineOn({ root }: Pick<Registry, "root">): CommandLine {
  return async (argv, by) => {
    let out = "";
    let err = "";
    const exit = await runCli({
      argv: ["--registry-root", root, ...argv],
      env: by === undefined ? {} : { CLAWTASK_SESSION_KEY: by },
      cwd: root,
      self: "clawtask",
      isTerminal: false,
      out: (text) => (out += text),
      err: (text) => (err += text),
    });
    return { exit, out, err };
  };
}
