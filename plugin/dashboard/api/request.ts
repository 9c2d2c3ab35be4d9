import { CREDENTIALS, resolveUrl } from "./base-url.ts";
import { ApiError, toApiError } from "./problem.ts";
import { authorization } from "./token.ts";

async function send(path: string, init: RequestInit): Promise<unknown> {
  const answer = await fetch(resolveUrl(path), {
    ...init,
    credentials: CREDENTIALS,
    headers: { accept: "application/json", ...authorization(), ...(init.headers as Record<string, string>) },
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError({ status: 0, code: "unreachable", message: "the server does not answer" });
  });
  if (!answer.ok) throw await toApiError(answer);
  return answer.json();
}

export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return (await send(path, signal === undefined ? {} : { signal })) as Answer;
}

/**
 * A change. Its key makes a repetition (a second press, a lost answer) harmless.
 *
 * @param revision what is changed must stand at: at another one, nothing is done (412)
 */
export async function post<Answer>(path: string, body: unknown = {}, revision?: number): Promise<Answer> {
  const headers = {
    "content-type": "application/json",
    "idempotency-key": newKey(),
    ...(revision === undefined ? {} : { "if-match": `"${revision}"` }),
  };
  return (await send(path, { method: "POST", headers, body: JSON.stringify(body) })) as Answer;
}

/** `crypto.randomUUID` exists on secure pages only; a gateway in the local network is none. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Parameters that have a value, as a query. */
export function formatQuery(values: Record<string, string | number | boolean | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== null && value !== "" && value !== false) query.set(name, String(value));
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
