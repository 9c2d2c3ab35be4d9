import { auditLedger, DEFAULT_LIMIT, OPERATIONS, summarizeFindings } from "../../../registry-helper/internal.ts";
import { memoizeByIndex } from "./cache.ts";
import { type Handler, getNumber, getText } from "./handler.ts";
import { applyChange } from "./operation-context.ts";

/** What is wrong with tasks, flows and runs. */
export const auditHandler: Handler = ({ context, read, query }) => {
  const found = read.query((database) =>
    memoizeByIndex(context, database, "audit", () => auditLedger(context.registry, database)),
  );
  const limit = getNumber(query, "limit") ?? DEFAULT_LIMIT;
  return {
    document: summarizeFindings(found, { code: getText(query, "code"), severity: getText(query, "severity"), limit }),
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
