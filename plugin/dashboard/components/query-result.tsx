import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { toErrorDetails } from "../api/error-advice.ts";
import { ApiError } from "../api/problem.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { ErrorAdvice } from "../design/error-advice.tsx";
import { Skeleton } from "../design/skeleton.tsx";

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error">;
  rows?: number;
  children: (data: Data) => ReactNode;
}

/** What was answered; grey lines until then; the reason when there is no answer. Old answers stay when new ones fail. */
export function Loaded<Data>({ query, rows, children }: LoadedProps<Data>): ReactElement {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error === null) return <Skeleton {...(rows === undefined ? {} : { rows })} />;
  return <Failed error={query.error} />;
}

export function Failed({ error }: { error: Error }): ReactElement {
  const isGone = error instanceof ApiError && error.isUnreachable;
  const { text, words, commands } = toErrorDetails(error);
  return (
    <EmptyState icon="warning" tone="bad" title={isGone ? "The server does not answer" : "This cannot be shown"}>
      <p>{isGone ? "It comes up by itself when the server is back." : text}</p>
      {isGone ? null : <ErrorAdvice words={words} commands={commands} />}
    </EmptyState>
  );
}
