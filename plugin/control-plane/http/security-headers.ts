/** Where the pages may be shown: on their own, or in a frame of the host's Control UI. */
export type Framing = "alone" | "framed";

/**
 * Headers of every answer. No script but our own files, nothing from elsewhere, no form, no frame but the host's; what a
 * browser would guess about content it is told not to.
 */
export function securityHeaders(framing: Framing): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src blob:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${framing === "framed" ? "'self'" : "'none'"}`,
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    // A sandboxed frame has an origin of its own, so that our own files are foreign to it.
    "cross-origin-resource-policy": framing === "framed" ? "cross-origin" : "same-origin",
    ...(framing === "framed" ? {} : { "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin" }),
  };
}

/**
 * The same for pages that are not ours (`--ui`): such a page may have styles and scripts in itself, which our policy
 * would stop. It may load nothing from elsewhere either.
 */
export function customUiHeaders(): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { ...securityHeaders("alone"), "content-security-policy": policy.join("; ") };
}
