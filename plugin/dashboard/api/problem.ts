/** What the server says when it refuses: problem+json, or nothing at all when it is gone. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string | undefined;

  constructor(about: { status: number; code: string; message: string; next?: string | undefined }) {
    super(about.message);
    this.name = "Problem";
    this.status = about.status;
    this.code = about.code;
    this.next = about.next;
  }

  /** The server did not answer; asking again may help. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

export async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text().catch(() => "");
  const said = parsed(text);
  return new Problem({
    status: answer.status,
    code: String(said["code"] ?? `http_${answer.status}`),
    message: String(said["detail"] ?? said["title"] ?? `the server answered ${answer.status}`),
    next: typeof said["next"] === "string" ? said["next"] : undefined,
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
