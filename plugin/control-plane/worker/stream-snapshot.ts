import type { ApiResponse, Caller } from "../handlers/context.ts";

/** Runs and tasks that a stream begins with. */
const FIRST_PAGE = 100;

/** Streams tell what everybody with access may read. */
const READER: Caller = { actor: "stream", scope: "read", mode: "standalone" };

const PARTS = [
  { path: "/api/overview", query: "", member: (text: string) => `"overview":${text}` },
  { path: "/api/attention", query: "", member: (text: string) => `"attention":${text}` },
  { path: "/api/run-list", query: `limit=${FIRST_PAGE}`, member: (text: string) => `"runs":${within(text, "runs")}` },
  { path: "/api/tasks", query: `limit=${FIRST_PAGE}`, member: (text: string) => `"tasks":${within(text, "tasks")}` },
] as const;

/** What a stream begins with: the answers of the application's own lists, as JSON members. */
export async function buildSnapshot(
  ask: (path: string, query: URLSearchParams, caller: Caller) => Promise<ApiResponse>,
): Promise<string> {
  const members: string[] = [];
  for (const { path, query, member } of PARTS) {
    const { status, body } = await ask(path, new URLSearchParams(query), READER);
    const text = typeof body === "string" ? body : new TextDecoder().decode(body);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text.slice(0, 500)}`);
    members.push(member(text.trim()));
  }
  return members.join(",");
}

function within(text: string, name: string): string {
  return JSON.stringify((JSON.parse(text) as Record<string, unknown>)[name]);
}
