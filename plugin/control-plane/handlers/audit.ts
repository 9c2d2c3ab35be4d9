import { auditLedger, DEFAULT_LIMIT, OPERATIONS } from "../../../registry-helper/internal.ts";
import { memoizeByIndex } from "./cache.ts";
import { type Handler, getNumber, getText } from "./handler.ts";
import { applyChange } from "./operation-context.ts";
import type { Tally } from "./overview.ts";

/** What is not as it should be in the ledger. */
export const auditHandler: Handler = ({ context, read, query }) => {
  const code = getText(query, "code");
  const found = read.query((database) =>
    memoizeByIndex(context, database, "audit", () => auditLedger(context.registry, database)),
  );
  const all = found.filter((finding) => code === undefined || finding.code === code);
  const counts: Tally = {};
  for (const finding of all) counts[finding.code] = (counts[finding.code] ?? 0) + 1;
  return {
    document: {
      ok: !all.some(({ severity }) => severity === "error"),
      total: all.length,
      counts,
      findings: all.slice(0, getNumber(query, "limit") ?? DEFAULT_LIMIT),
    },
  };
};

/** What `tasks maintenance` does; it says what that would be until it is told to. */
export const maintainHandler: Handler = (request) => {
  const apply = request.body["apply"] === true;
  const document = applyChange(request, (context) => OPERATIONS["tasks.maintenance"](context, { apply }));
  // Maintenance builds the index anew: what was open is that of before.
  if (apply) request.context.index.close();
  return { document };
};
