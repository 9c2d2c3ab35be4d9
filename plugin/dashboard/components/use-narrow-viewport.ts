import { useSyncExternalStore } from "react";

const query = window.matchMedia("(max-width: 900px)");

/** Whether a list has no room for columns beside its titles. */
export function useNarrowViewport(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}

function subscribe(listener: () => void): () => void {
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
