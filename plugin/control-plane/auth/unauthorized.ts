import type { Access } from "./authenticator.ts";
import type { Refusal } from "../http/error-response.ts";

export function unauthorized(access: Extract<Access, { refused: string }>): Refusal {
  const isWrong = access.refused === "wrong_token";
  return {
    status: 401,
    code: "unauthorized",
    detail: isWrong ? "the token is not valid" : "a token is needed",
    next: "open the link that clawtask serve printed, or send the token as Authorization: Bearer",
    headers: { "www-authenticate": 'Bearer realm="clawtask"' },
  };
}
