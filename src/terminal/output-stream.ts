/** The part of a writable stream that printing needs; process.stdout and process.stderr fit, and so does a fake. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What width to print at when it is not a terminal that says its own. */
export const DEFAULT_COLUMNS = 80;

/** The width of `stream` in columns; 80 where there is no terminal or it does not say. */
export function columnsOf(stream: OutputStream): number {
  return stream.isTTY === true && stream.columns !== undefined && stream.columns > 0
    ? stream.columns
    : DEFAULT_COLUMNS;
}

/**
 * Lets the program go on when nobody reads `stream` any more (`| head`, a closed terminal): a reload must not break off half
 * way because of that. To be called once for each of stdout and stderr.
 */
export function tolerateLostReader(stream: NodeJS.EventEmitter): void {
  stream.on('error', () => {
    // There is nobody left who could be told.
  });
}
