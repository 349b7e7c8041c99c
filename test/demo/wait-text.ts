/** A time that somebody waited: '14 ms', '2.97 s'. */
export function formatWait(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
