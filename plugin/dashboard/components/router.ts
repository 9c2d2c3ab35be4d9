import { useCallback, useSyncExternalStore } from "react";

/** Where somebody is: `#/runs/report-1?tab=timeline`. Behind the hash, since the page may be mounted anywhere. */
export interface PageLocation {
  path: readonly string[];
  query: URLSearchParams;
}

let hash = location.hash;
let pageLocation = parseHash(hash);

function parseHash(text: string): PageLocation {
  const [path = "", query = ""] = text.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decodeSegment), query: new URLSearchParams(query) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function current(): PageLocation {
  if (location.hash !== hash) {
    hash = location.hash;
    pageLocation = parseHash(hash);
  }
  return pageLocation;
}

export function usePageLocation(): PageLocation {
  return useSyncExternalStore(subscribe, current);
}

/** A link to a place; segments and values may hold anything. */
export function linkTo(
  path: readonly string[],
  query: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== "") values.set(name, value);
  const text = values.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export function navigate(link: string): void {
  location.hash = link;
}

/** Takes the place of the present entry in the history: a filter is no step to go back to. */
export function replaceLocation(link: string): void {
  history.replaceState(null, "", link);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Values of the address that a page keeps there, and how to change them. */
export function useQueryValues(): [URLSearchParams, (changes: Readonly<Record<string, string | null>>) => void] {
  const { query } = usePageLocation();
  const set = useCallback((changes: Readonly<Record<string, string | null>>) => {
    const { path, query: before } = current();
    replaceLocation(linkTo(path, { ...Object.fromEntries(before), ...changes }));
  }, []);
  return [query, set];
}
