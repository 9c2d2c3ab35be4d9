import type { ReactElement } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import "./markdown.css";

/** Only these leave the page; everything else (javascript:, data:, file:, relative paths) is text. */
const SAFE_LINK = /^(https?:|mailto:)/i;

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href !== undefined && SAFE_LINK.test(href) ? (
      <a href={href} target="_blank" rel="noreferrer noopener nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  // An image would be fetched from wherever the text says: its words and address are shown instead.
  img: ({ alt, src }) => (
    <span className="md-image">
      image: {alt === undefined || alt === "" ? "without words" : alt}
      {typeof src === "string" ? ` (${src})` : ""}
    </span>
  ),
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  h4: ({ children }) => <h4>{children}</h4>,
  input: ({ checked }) => <span className="mono">{checked === true ? "[x]" : "[ ]"}</span>,
  pre: ({ children }) => (
    <pre tabIndex={0} role="group" aria-label="code">
      {children}
    </pre>
  ),
  table: ({ children }) => (
    <div className="md-table" tabIndex={0} role="group" aria-label="table">
      <table>{children}</table>
    </div>
  ),
};

/** Longer texts are shown as plain text: parsing them would hold the page up. */
const MAX_MARKDOWN_LENGTH = 120_000;

/**
 * A text that an agent wrote. It is data: no HTML of it is rendered, nothing of it is fetched, and it runs nothing.
 */
export function Markdown({ text }: { text: string }): ReactElement {
  if (text.length > MAX_MARKDOWN_LENGTH) return <div className="md md-plain">{text}</div>;
  return (
    <div className="md">
      <ReactMarkdown remarkPlugins={[remarkGfm]} skipHtml components={COMPONENTS} urlTransform={(url) => url}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
