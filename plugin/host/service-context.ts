import { recordIn, textIn } from "./untyped-fields.ts";

/** What the host hands to a service, as far as we use it; undefined is what this host does not offer. */
export interface ServiceContext {
  /** The host's scheduler. */
  getCron: (() => unknown) | undefined;
  stateDir: string | undefined;
}

export function readServiceContext(context: unknown): ServiceContext {
  const record = recordIn(context);
  const { getCron } = record;
  return {
    getCron: typeof getCron === "function" ? () => (getCron as () => unknown)() : undefined,
    stateDir: textIn(record, "stateDir"),
  };
}
