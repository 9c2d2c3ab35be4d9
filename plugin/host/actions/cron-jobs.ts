import { type DeliveryRoute, getErrorMessage } from "../../../registry-helper/internal.ts";
import { readRoute } from "../parse-route.ts";
import { flagIn, type HostRecord, numberIn, recordIn, textIn } from "../untyped-fields.ts";

/** An automation, as far as a ledger cares. Its owner and address are gone when it is: read it while it runs. */
export interface CronJob {
  readonly jobId: string;
  readonly name: string | undefined;
  readonly agentId: string | undefined;
  readonly enabled: boolean;
  /** `agentTurn`, `systemEvent`, `command`, `script`, `heartbeat`. */
  readonly payloadKind: string | undefined;
  /** What it asks for: the message, the reminder or the command. */
  readonly task: string | undefined;
  /** `main`, `isolated`, `current` or `session:<id>`. */
  readonly sessionTarget: string | undefined;
  /** The session whose agent made it; a person at a terminal has none. */
  readonly ownerSessionKey: string | undefined;
  /** `none`, `announce` or `webhook`: whether the host itself tells the result. */
  readonly deliveryMode: string | undefined;
  /** Where the host tells it; undefined also when that is "wherever the session was last". */
  readonly route: DeliveryRoute | undefined;
  readonly isSystem: boolean;
}

/** Names that the host keeps for itself: nobody else can make a job with such a key. */
const SYSTEM_KEY = /^(?:heartbeat|skill-collection-review):/;
/** Mark in the description of jobs that a plugin of the host looks after. */
const MANAGED_MARK = "[managed-by=";

/** Whether a job is the host's own housekeeping and no work that anybody asked for. */
export function isSystemJob(value: unknown): boolean {
  const job = recordIn(value);
  return (
    textIn(recordIn(job["payload"]), "kind") === "heartbeat" ||
    SYSTEM_KEY.test(textIn(job, "declarationKey") ?? "") ||
    (textIn(job, "description") ?? "").includes(MANAGED_MARK) ||
    // The job that hooks show has no declaration key.
    (textIn(job, "name") ?? "").startsWith("skill-collection-review-")
  );
}

/** Reads a job as `cron.list`, the broadcasts, the hooks or the host's own scheduler give it. */
export function readCronJob(value: unknown): CronJob | undefined {
  const job = recordIn(value);
  const jobId = textIn(job, "id");
  if (jobId === undefined) return undefined;
  const payload = recordIn(job["payload"]);
  const ownerSessionKey = textIn(recordIn(job["owner"]), "sessionKey");
  const route = readRoute(job["delivery"], ownerSessionKey ?? textIn(job, "sessionKey"));
  return {
    jobId,
    name: textIn(job, "displayName") ?? textIn(job, "name"),
    agentId: textIn(job, "agentId") ?? textIn(job, "effectiveAgentId"),
    enabled: flagIn(job, "enabled") !== false,
    payloadKind: textIn(payload, "kind"),
    task: textIn(payload, "message") ?? textIn(payload, "text") ?? findCommand(payload),
    sessionTarget: textIn(job, "sessionTarget"),
    ownerSessionKey,
    deliveryMode: textIn(recordIn(job["delivery"]), "mode"),
    route: route?.channel === "last" ? undefined : route,
    isSystem: isSystemJob(job),
  };
}

/** `["sh", "-lc", "<what was typed>"]`, or a program with its arguments. */
function findCommand(payload: HostRecord): string | undefined {
  const argv = payload["argv"];
  if (!Array.isArray(argv) || argv.length === 0) return undefined;
  const words = argv.map(String);
  return words[0] === "sh" && words[1] === "-lc" && words.length === 3 ? words[2] : words.join(" ");
}

/** Most jobs that the gateway gives in one answer. */
const PAGE_SIZE = 200;
/** More pages than anybody has jobs for: a gateway that pages in circles is not followed for ever. */
const MAX_PAGES = 50;

/** Anything that can be asked for jobs: the gateway's connection. */
interface GatewayRequester {
  request(request: { method: string; params?: object }): Promise<unknown>;
}

/** All jobs, those that are switched off included, from the gateway. */
export async function listCronJobs(gateway: GatewayRequester): Promise<CronJob[]> {
  const jobs = new Map<string, CronJob>();
  let offset: number | undefined = 0;
  for (let page = 0; page < MAX_PAGES && offset !== undefined; page++) {
    const params = { includeDisabled: true, includeDeliveryPreviews: false, limit: PAGE_SIZE, offset };
    const answer = recordIn(await gateway.request({ method: "cron.list", params }));
    for (const job of readCronJobs(answer["jobs"])) jobs.set(job.jobId, job);
    offset = flagIn(answer, "hasMore") === true ? numberIn(answer, "nextOffset") : undefined;
  }
  return [...jobs.values()];
}

/** All jobs from the host's scheduler itself (`getCron()` of a service or hook): works without a connection. */
export async function listSchedulerJobs(getCron: () => unknown): Promise<CronJob[]> {
  const scheduler = recordIn(getCron()) as { list?: (query: object) => unknown };
  return readCronJobs(await scheduler.list?.({ includeDisabled: true }));
}

function readCronJobs(value: unknown): CronJob[] {
  return Array.isArray(value) ? value.flatMap((job) => readCronJob(job) ?? []) : [];
}

/** What became of a change of a job; `isFinal` is false when nobody could be asked. */
export type JobChange = { ok: true } | { ok: false; isFinal: boolean; message: string };

/** Changes a job through the host's own scheduler, which asks for no rights; the words of a refusal are the host's. */
export async function updateSchedulerJob(getCron: () => unknown, jobId: string, patch: object): Promise<JobChange> {
  const scheduler = recordIn(getCron()) as { update?: (id: string, patch: object) => Promise<unknown> };
  if (scheduler.update === undefined) return { ok: false, isFinal: false, message: "the scheduler is not there yet" };
  try {
    await scheduler.update(jobId, patch);
    return { ok: true };
  } catch (error) {
    return { ok: false, isFinal: true, message: getErrorMessage(error) };
  }
}
