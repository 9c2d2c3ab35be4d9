import type { Remedy } from "../../../registry-helper/internal.ts";

/** What the server says when it refuses: problem+json, or nothing at all when it is gone. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: Remedy;

  constructor(about: { status: number; code: string; message: string; remedy?: Remedy }) {
    super(about.message);
    this.name = "ApiError";
    this.status = about.status;
    this.code = about.code;
    this.remedy = about.remedy ?? {};
  }

  /** The server did not answer; asking again may help. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

export async function toApiError(answer: Response): Promise<ApiError> {
  const text = await answer.text().catch(() => "");
  const body = parsed(text);
  return new ApiError({
    status: answer.status,
    code: String(body["code"] ?? `http_${answer.status}`),
    message: String(body["detail"] ?? body["title"] ?? `the server answered ${answer.status}`),
    ...(typeof body["remedy"] === "object" && body["remedy"] !== null ? { remedy: body["remedy"] } : {}),
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
