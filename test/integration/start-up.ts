import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMethodResponse } from '../../src/rpc/encode.ts';
import type { StatusRow } from '../../src/terminal/status-table.ts';
import { runCommand, showResult, type CommandOptions, type CommandResult } from '../rig/command.ts';
import { httpAnswer, serveScript, type ScriptedServer } from './rpc-scripted-server.ts';

/** The directory in dist/compiled for the Node that runs the tests. */
export const NODE = [
  process.version,
  process.platform,
  process.arch,
  statSync(process.execPath).size,
].join('-');

/** What a run of the program loaded. */
export interface Loaded {
  /** The files of the build, and whether there was compiled code for each and V8 took it. */
  readonly files: Readonly<Record<string, 'source' | 'rejected' | 'compiled'>>;
  /** The modules of Node that were not there before. */
  readonly modules: readonly string[];
}

/** Runs a command to its end. Throws when the end is not `code`. */
export async function run(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
  code = 0,
): Promise<CommandResult> {
  const result = await runCommand(argv, options);
  if (result.code !== code) throw new Error(showResult(argv, result));
  return result;
}

/** Before the program: what is loaded is noted, and said at the end as the last line on stderr. */
const RECORDER = `
  const vm = require('node:vm');
  const before = new Set(process.moduleLoadList);
  const files = {};
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      const use = options.cachedData && (this.cachedDataRejected ? 'rejected' : 'compiled');
      files[options.filename.split('/').at(-1)] = use ?? 'source';
    }
  };
  process.on('exit', () => {
    const modules = process.moduleLoadList
      .filter((entry) => !before.has(entry) && entry.startsWith('NativeModule '))
      .map((entry) => entry.slice('NativeModule '.length));
    console.error('\\n' + JSON.stringify({ files, modules }));
  });
`;

/** Runs a built program, with `nodeOptions` for Node, and says what it loaded. Throws when its exit code is not `code`. */
export async function record(
  dist: string,
  argv: readonly string[],
  { nodeOptions = [], code = 0 }: { nodeOptions?: readonly string[]; code?: number } = {},
): Promise<Loaded & { readonly stdout: string }> {
  const place = mkdtempSync(join(tmpdir(), 'reloadctl-record-'));
  const recorder = join(place, 'recorder.cjs');
  const words = [...nodeOptions, '--require', recorder, join(dist, 'cli.js'), ...argv];
  // Flags of V8 in the environment of the tests would have compiled code rejected.
  const env = { ...process.env, NODE_OPTIONS: undefined };
  try {
    writeFileSync(recorder, RECORDER);
    const { stdout, stderr } = await run([process.execPath, ...words], { env }, code);
    return { ...(JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as Loaded), stdout };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** A supervisor that gives the same answer to everything: a process for each row. */
export function serveRows(
  rows: readonly StatusRow[],
  transport: 'unix' | 'tcp' = 'unix',
): Promise<ScriptedServer> {
  const times = { start: 1, stop: 0, now: 2 };
  const logs = { logfile: '', stdout_logfile: '', stderr_logfile: '', spawnerr: '' };
  const infos = rows.map(({ name, state, description }) => ({
    ...{ name, group: name, state: 20, statename: state, description },
    ...{ ...times, ...logs, exitstatus: 0, pid: process.pid },
  }));
  const answer = httpAnswer(encodeMethodResponse(infos));
  return serveScript((socket) => socket.write(answer), transport);
}
