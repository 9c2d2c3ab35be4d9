import { recordIn } from "./read-value.ts";

/** The host's scheduler as a service may ask for it; undefined when this host does not offer it. */
export function schedulerOf(serviceContext: unknown): (() => unknown) | undefined {
  const { getCron } = recordIn(serviceContext);
  return typeof getCron === "function" ? () => (getCron as () => unknown)() : undefined;
}
