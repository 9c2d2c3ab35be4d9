import type { Handler } from "./handler.ts";

/** Which server this is, and what the caller may do. */
export const getSession: Handler = ({ context, caller }) => {
  const { version, startedAt, host } = context.facts();
  const { actor, mode, scope } = caller;
  return {
    document: {
      version,
      registryRoot: context.registry.root,
      mode,
      scope,
      readOnly: scope === "read",
      actor,
      startedAt,
      ...(host === undefined ? {} : { host }),
    },
  };
};
