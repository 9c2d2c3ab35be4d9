import type { HttpError } from "../http/error-response.ts";
import type { AuthResult } from "./authenticator.ts";

export function unauthorized(auth: Extract<AuthResult, { failure: string }>): HttpError {
  const isWrong = auth.failure === "wrong_token";
  return {
    status: 401,
    code: "unauthorized",
    detail: isWrong ? "the token is not valid" : "a token is needed",
    remedy: { hint: "open the link that clawtask serve printed, or send the token as Authorization: Bearer" },
    headers: { "www-authenticate": 'Bearer realm="clawtask"' },
  };
}
