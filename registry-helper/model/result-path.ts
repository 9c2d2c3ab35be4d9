/** Where the result of a node is, relative to its run's folder. */
export function resultPath(nodeId: string): string {
  return `nodes/${nodeId}/result.json`;
}
