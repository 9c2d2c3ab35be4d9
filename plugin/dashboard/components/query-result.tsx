import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { Problem } from "../api/problem.ts";
import { refusalOf } from "../api/error-advice.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { Skeleton } from "../design/skeleton.tsx";
import { WayOut } from "../design/error-advice.tsx";

/** What was answered; grey lines until then; the reason when there is no answer. Old answers stay when new ones fail. */
export function Loaded<Data>({
  query,
  rows,
  children,
}: {
  query: Pick<UseQueryResult<Data>, "data" | "error">;
  rows?: number;
  children: (data: Data) => ReactNode;
}): ReactElement {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error === null) return <Skeleton {...(rows === undefined ? {} : { rows })} />;
  return <Failed error={query.error} />;
}

export function Failed({ error }: { error: Error }): ReactElement {
  const isGone = error instanceof Problem && error.isUnreachable;
  const { text, words, commands } = refusalOf(error);
  return (
    <EmptyState icon="warning" tone="bad" title={isGone ? "The server does not answer" : "This cannot be shown"}>
      <p>{isGone ? "It comes up by itself when the server is back." : text}</p>
      {isGone ? null : <WayOut words={words} commands={commands} />}
    </EmptyState>
  );
}
