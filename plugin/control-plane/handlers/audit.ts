import { auditLedger } from "../../../registry-helper/views/queries/audit-ledger.ts";
import { DEFAULT_LIMIT } from "../../../registry-helper/model/limits.ts";
import { type Handler, numberOf, textOf } from "./handler.ts";
import { derived } from "./cache.ts";
import type { Tally } from "./overview.ts";
import { write } from "./write-command.ts";

/** What is not as it should be in the ledger. */
export const auditHandler: Handler = ({ desk, read, query }) => {
  const code = textOf(query, "code");
  const found = read.query((database) => derived(desk, database, "audit", () => auditLedger(desk.registry, database)));
  const all = found.filter((finding) => code === undefined || finding.code === code);
  const counts: Tally = {};
  for (const finding of all) counts[finding.code] = (counts[finding.code] ?? 0) + 1;
  return {
    document: {
      ok: !all.some(({ severity }) => severity === "error"),
      total: all.length,
      counts,
      findings: all.slice(0, numberOf(query, "limit") ?? DEFAULT_LIMIT),
    },
  };
};

/** What `tasks maintenance` does; it says what that would be until it is told to. */
export const maintainHandler: Handler = async (call) => {
  const options = { apply: call.body["apply"] === true };
  const document = await write(call, { verb: "tasks maintenance", options }, { keyed: false });
  // Maintenance builds the index anew: what was open is that of before.
  if (options.apply) call.desk.index.close();
  return { document };
};
