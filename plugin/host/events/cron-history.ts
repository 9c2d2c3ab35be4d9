import type { HostDelivery } from "../../../registry-helper/internal.ts";
import { numberIn, recordIn } from "../untyped-fields.ts";
import { readCronDelivery } from "./cron-events.ts";

/** Newest runs of a job that are looked through: a gap is short. */
const RUNS = 100;

/** Anything that can be asked for runs: the gateway's connection. */
interface GatewayRequester {
  request(request: { method: string; params?: object }): Promise<unknown>;
}

/**
 * What became of the result of a scheduled run whose end was not heard; undefined when the scheduler does not tell.
 * The rows of the host's ledger leave it out.
 */
export async function findCronDelivery(
  gateway: GatewayRequester,
  run: { jobId: string; runAtMs: number },
): Promise<HostDelivery | undefined> {
  const params = { id: run.jobId, limit: RUNS };
  const { entries } = recordIn(await gateway.request({ method: "cron.runs", params }));
  const found = Array.isArray(entries)
    ? entries.map(recordIn).find((entry) => numberIn(entry, "runAtMs") === run.runAtMs)
    : undefined;
  return found === undefined ? undefined : readCronDelivery(found);
}
