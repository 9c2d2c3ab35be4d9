/**
 * Finds a circle among nodes that need each other, as the ids along it with the first one repeated at the
 * end; undefined when there is none. Iterative, for chains of any length.
 *
 * @example findCycle([{ id: "a", needs: ["b"] }, { id: "b", needs: ["a"] }]) // ["a", "b", "a"]
 */
export function findCycle(
  nodes: readonly { id: string; needs?: readonly string[] | undefined }[],
): string[] | undefined {
  const needsById = new Map(nodes.map((node) => [node.id, node.needs ?? []]));
  const done = new Set<string>();
  for (const { id: start } of nodes) {
    const path: { id: string; next: number }[] = [];
    const onPath = new Set<string>();
    const enter = (id: string): void => {
      path.push({ id, next: 0 });
      onPath.add(id);
    };
    if (!done.has(start)) enter(start);
    while (path.length > 0) {
      const step = path[path.length - 1] as { id: string; next: number };
      const need = needsById.get(step.id)?.[step.next];
      step.next += 1;
      if (need === undefined) {
        done.add(step.id);
        onPath.delete(step.id);
        path.pop();
      } else if (onPath.has(need)) {
        const ids = path.map(({ id }) => id);
        return [...ids.slice(ids.indexOf(need)), need];
      } else if (!done.has(need)) {
        enter(need);
      }
    }
  }
  return undefined;
}
