import type { Handler } from "./handler.ts";

/** Which server this is, and what the caller may do. */
export const getSession: Handler = ({ desk, caller }) => {
  const { version, startedAt, host } = desk.facts();
  const { actor, mode, scope } = caller;
  return {
    document: {
      version,
      registryRoot: desk.registry.root,
      mode,
      scope,
      readOnly: scope === "read",
      actor,
      startedAt,
      ...(host === undefined ? {} : { host }),
    },
  };
};
