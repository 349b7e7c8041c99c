// Draws docs/reload.svg from a real reload under load: npm run docs:picture
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { builtCli } from '../rig/cli.ts';
import { REPOSITORY } from '../rig/place.ts';
import { Pty } from '../rig/pty.ts';
import { createSite, type Site } from '../rig/site.ts';
import { waitFor } from '../rig/wait-for.ts';
import { drawRecording, type Frame, type Run } from './terminal-svg.ts';

const COLUMNS = 88;
const ROWS = 34;
const REQUESTS_PER_SECOND = 100;
/** Moments that are shorter are not seen. */
const FRAME_MS = 400;

const COMMANDS = ['curl $URL', 'echo v2 > version', 'reloadctl reload usercenter', 'curl $URL'];

type Screen = InstanceType<typeof xterm.Terminal>;

const site = await createSite({ workers: 4, bootSeconds: 3 });
try {
  await site.start();
  const load = await site.load({ ratePerSecond: REQUESTS_PER_SECOND });
  await load.waitFirst();
  const frames = await record();
  const { ok, failed } = await load.stop();
  const { gunicorn, supervisor } = site.python.versions;
  const meanwhile = `meanwhile ${REQUESTS_PER_SECOND} requests a second: ${ok} answered, ${failed} failed`;
  const svg = drawRecording({
    columns: COLUMNS,
    frames,
    title: `A terminal in which reloadctl reload puts version 2 of an application into service; ${meanwhile}`,
    caption: `${meanwhile}  (gunicorn ${gunicorn}, supervisord ${supervisor})`,
  });
  writeFileSync(join(REPOSITORY, 'docs/reload.svg'), svg);
  console.log(`docs/reload.svg: ${frames.length} frames, ${svg.length} bytes; ${meanwhile}`);
} finally {
  await site.stop();
}

/** Runs the commands on a terminal and takes a picture of it whenever it has changed. */
async function record(): Promise<readonly Frame[]> {
  const screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const pty = new Pty(['/bin/sh', '-c', await script(site)], {
    python: site.python.bin.python,
    cwd: site.directory,
    env: { ...site.environment, URL: site.endpoint.url },
    columns: COLUMNS,
    rows: ROWS,
  });
  const frames: Frame[] = [];
  const began = performance.now();
  let seen = 0;
  const look = async (): Promise<void> => {
    const text = pty.output.slice(seen);
    seen += text.length;
    await new Promise<void>((shown) => {
      screen.write(text, shown);
    });
    const rows = readRows(screen);
    if (JSON.stringify(rows) === JSON.stringify(frames.at(-1)?.rows)) return;
    frames.push({ atMs: Math.round(performance.now() - began), rows });
  };
  let hasEnded = false;
  const end = pty.end(60_000).finally(() => {
    hasEnded = true;
  });
  await waitFor('the commands to end', async () => look().then(() => hasEnded || undefined), {
    ceilingMs: 60_000,
    everyMs: FRAME_MS,
  });
  await look();
  await pty.close();
  if ((await end) !== 0) throw new Error(`a command failed:\n${pty.output}`);
  return frames;
}

/** A shell script that shows each command as if it had been typed, and runs it. */
async function script({ configuration, directory }: Site): Promise<string> {
  const reloadctl = `reloadctl() { '${process.execPath}' '${await builtCli()}' -c '${configuration}' "$@"; }`;
  const lines = COMMANDS.map((command) => `printf '$ %s\\n' '${command}'; ${command}`);
  return [
    'set -e',
    `cd '${directory}'`,
    reloadctl,
    ...lines.flatMap((line) => [line, 'sleep 1']),
  ].join('\n');
}

/** The rows of a terminal down to the last one with text. */
function readRows(screen: Screen): ReadonlyArray<readonly Run[]> {
  const { active } = screen.buffer;
  const rows = Array.from({ length: screen.rows }, (_, row) =>
    readRow(screen, active.viewportY + row),
  );
  return rows.slice(0, rows.findLastIndex((row) => row.length > 0) + 1);
}

function readRow(screen: Screen, at: number): readonly Run[] {
  const line = screen.buffer.active.getLine(at);
  const runs: Run[] = [];
  for (let column = 0; column < screen.cols; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const look = {
      color: cell.isFgPalette() ? cell.getFgColor() : undefined,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
    };
    const text = cell.getChars() || ' ';
    const last = runs.at(-1);
    if (
      last !== undefined &&
      last.color === look.color &&
      last.bold === look.bold &&
      last.dim === look.dim
    ) {
      const width = last.width + cell.getWidth();
      runs[runs.length - 1] = { ...last, text: last.text + text, width };
    } else {
      runs.push({ column, text, width: cell.getWidth(), ...look });
    }
  }
  return runs.map(trimEnd).filter(({ text }) => text.trim() !== '');
}

function trimEnd(run: Run): Run {
  const text = run.text.trimEnd();
  return { ...run, text, width: run.width - (run.text.length - text.length) };
}
