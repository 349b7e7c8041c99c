/** The middle of ascending numbers, the mean of the two in the middle when there are two; 0 of none. */
export function median(ascending: readonly number[]): number {
  const half = ascending.length / 2;
  const upper = ascending[Math.floor(half)] ?? 0;
  const lower = ascending[Math.ceil(half) - 1] ?? 0;
  return (lower + upper) / 2;
}

/** The largest of these numbers, 0 of none. */
export function largest(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}

/** Milliseconds for a column: '4.2', '87', '2967'. */
export function formatMs(ms: number): string {
  return ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0);
}

/** Seconds for a column: '3.31'. */
export function formatSeconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** '1.05 x', '0.28 x'; more than ten without decimals. */
export function formatRatio(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} x`;
}

/** '0.7 %', '12 %'. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}
