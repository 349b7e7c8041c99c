import type { LogSettings } from '../../config/program.ts';
import type { DaemonEvent } from '../events/daemon-event.ts';
import { createAnsiStripper, type AnsiStripper } from './strip-ansi.ts';
import { createBoundedBytes } from './bounded-bytes.ts';
import { createCaptureSplitter, type OutputPiece } from './capture.ts';

/** What {@link createOutputSink} needs to know. */
export interface OutputSinkOptions {
  /** The stdout of an event listener: it goes to the log, and makes no events. */
  readonly isProtocol: boolean;
  readonly processName: string;
  readonly groupName: string;
  readonly channel: 'stdout' | 'stderr';
  readonly settings: LogSettings;
  readonly stripAnsi: boolean;
  /** The process whose output it is at the moment. */
  readonly pid: () => number;
  readonly emit: (event: DaemonEvent) => void;
  readonly write: (data: Buffer) => Promise<void>;
}

/** Takes what a program writes apart: for the log, for events, for neither. */
export interface OutputSink {
  /** Resolves when the log has its part; then the events have been told, too. */
  take(chunk: Buffer): Promise<void>;
  /** The process has ended: what was held back goes to the log, a message without its end is dropped. */
  end(): Promise<void>;
}

/** supervisor/dispatchers.py, POutputDispatcher: capture, strip_ansi, log, events. */
export function createOutputSink(options: OutputSinkOptions): OutputSink {
  const { settings, isProtocol } = options;
  const capture =
    !isProtocol && settings.captureMaxBytes > 0
      ? { splitter: createCaptureSplitter(), message: createBoundedBytes(settings.captureMaxBytes) }
      : undefined;
  const strippers = { log: createStripper(options), captured: createStripper(options) };
  const suffix = options.channel === 'stdout' ? 'STDOUT' : 'STDERR';
  const tell = (kind: 'LOG' | 'COMMUNICATION', data: Buffer): void => {
    options.emit({
      type: `PROCESS_${kind}_${suffix}`,
      processName: options.processName,
      groupName: options.groupName,
      pid: options.pid(),
      data,
    });
  };
  const tellLog = (data: Buffer): void => {
    if (settings.eventsEnabled && !isProtocol) tell('LOG', data);
  };

  async function log(data: Buffer): Promise<void> {
    if (data.length === 0) return;
    await options.write(data);
    tellLog(data);
  }

  async function handle(piece: OutputPiece): Promise<void> {
    switch (piece.kind) {
      case 'log':
        return log(strippers.log.strip(piece.data));
      case 'captured': {
        const data = strippers.captured.strip(piece.data);
        capture?.message.add(data);
        if (data.length > 0) tellLog(data);
        return;
      }
      case 'message-end':
        capture?.message.add(strippers.captured.end());
        tell('COMMUNICATION', capture?.message.take() ?? Buffer.alloc(0));
        return;
    }
  }

  async function handleAll(pieces: readonly OutputPiece[]): Promise<void> {
    for (const piece of pieces) await handle(piece);
  }

  return {
    take: (chunk) =>
      capture === undefined
        ? handle({ kind: 'log', data: chunk })
        : handleAll(capture.splitter.split(chunk)),
    async end() {
      if (capture !== undefined) await handleAll(capture.splitter.end());
      await log(strippers.log.end());
      strippers.captured.end();
      capture?.message.take();
    },
  };
}

function createStripper({ stripAnsi }: OutputSinkOptions): AnsiStripper {
  if (stripAnsi) return createAnsiStripper();
  return { strip: (chunk) => chunk, end: () => Buffer.alloc(0) };
}
