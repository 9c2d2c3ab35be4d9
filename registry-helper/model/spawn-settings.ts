/** How the child of a node is to be started: arguments of the host's `sessions_spawn`. */
export interface SpawnSettings {
  agentId?: string;
  model?: string;
  thinking?: string;
  cwd?: string;
  runTimeoutSeconds?: number;
}
