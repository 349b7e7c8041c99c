import { closeSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { errnoOf } from '../../os/errno.ts';
import { createAutoLog } from './auto-log.ts';
import type { ChildOutput, ChildOutputOptions } from './child-output.ts';
import { readFifo } from './fifo-reader.ts';
import { createLineSplitter } from './line-splitter.ts';
import { openLogFile, type LogFile } from './log-file.ts';
import { openFifo, openForReading } from './open-fifo.ts';
import { createOutputSink, type OutputSink } from './output-sink.ts';

/**
 * Opens the output of one channel: the log, and the pipe for the child, which is read from now on. Rejects with the system error when the
 * log cannot be opened, or an Error when there can be no pipe. Tests put another disk in place of `openLog`.
 */
export async function openChildOutput(
  options: ChildOutputOptions,
  openLog: typeof openLogFile = openLogFile,
): Promise<ChildOutput> {
  const file = await openLogOf(options, openLog);
  const fifo = await openFifo(options.fifo, options.program.user).catch(async (error: unknown) => {
    await file?.close();
    throw error;
  });
  let pid = 0;
  const syslog = syslogOf(options);
  const sink = sinkOf(options, () => pid, file, syslog);
  const output: ChildOutput = {
    writeFd: fifo.writeFd,
    openReader: () => openForReading(options.fifo),
    path: file?.path,
    attach(newPid) {
      pid = newPid;
    },
    async flush() {
      await reader.drain();
      await sink.end();
      await syslog.end();
    },
    hold: () => reader.hold(),
    abandon() {
      reader.abandon();
      closeSync(fifo.writeFd);
    },
    async reopen() {
      await file?.reopen();
    },
    limit({ maxBytes, backups }) {
      file?.limit({ maxBytes, backups });
    },
    async clear() {
      await file?.clear();
    },
    close: ({ removeFifo }) => (closed ??= close(removeFifo)),
  };
  let closed: Promise<void> | undefined;
  async function close(removeFifo: boolean): Promise<void> {
    await reader.close();
    await sink.end();
    await syslog.end();
    closeSync(fifo.writeFd);
    if (removeFifo) await removeName(options.fifo);
    await file?.close();
  }
  const take = (chunk: Buffer): Promise<void> => {
    output.onData?.(chunk);
    return sink.take(chunk);
  };
  const reader = readFifo(fifo.readFd, take, options.onTrouble);
  return output;
}

async function openLogOf(
  options: ChildOutputOptions,
  openLog: typeof openLogFile,
): Promise<LogFile | undefined> {
  const { program, channel, onTrouble } = options;
  const { target, maxBytes, backups } = program[channel];
  switch (target.kind) {
    case 'none':
      return undefined;
    case 'file':
      return openLog({ path: target.path, mode: 0o666, maxBytes, backups, onTrouble });
    case 'auto': {
      const path = options.inheritedLog ?? (await createAutoLog(autoLogName(options)));
      return openLog({ path, mode: 0o600, maxBytes, backups, onTrouble });
    }
  }
}

function autoLogName(options: ChildOutputOptions): Parameters<typeof createAutoLog>[0] {
  const { program, channel, childLogDir, identifier } = options;
  return { directory: childLogDir, process: program.name, channel, identifier };
}

function sinkOf(
  { program, channel, stripAnsi, events, onDebug }: ChildOutputOptions,
  pid: () => number,
  file: LogFile | undefined,
  syslog: LineSink,
): OutputSink {
  return createOutputSink({
    isProtocol: program.kind === 'eventlistener' && channel === 'stdout',
    processName: program.name,
    groupName: program.group,
    channel,
    settings: program[channel],
    stripAnsi,
    pid,
    emit: (event) => {
      events.emit(event);
    },
    async write(data) {
      onDebug?.(`'${program.name}' ${channel} output:\n${data.toString()}`);
      await Promise.all([file?.write(data), syslog.write(data)]);
    },
  });
}

interface LineSink {
  write(data: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** The lines of the program as messages of syslog, its name before each (supervisor/dispatchers.py, _init_normallog). */
function syslogOf({ program, channel, syslog }: ChildOutputOptions): LineSink {
  const splitter = createLineSplitter();
  const send = async (lines: readonly string[]): Promise<void> => {
    if (lines.length > 0) await syslog?.write(lines.map((line) => `${program.name} ${line}`));
  };
  if (syslog === undefined || !program[channel].syslog) {
    return { write: () => Promise.resolve(), end: () => Promise.resolve() };
  }
  return { write: (data) => send(splitter.split(data)), end: () => send(splitter.end()) };
}

async function removeName(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
