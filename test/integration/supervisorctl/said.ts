/** What one of the two clients said and how it ended; what has to differ between two runs is replaced. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}
