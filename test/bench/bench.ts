// `make bench`: what a reload costs, side by side in one run. Writes docs/benchmarks.md, unless QUICK=1.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wrapText } from '../../src/terminal/text/wrap.ts';
import { openScreen } from '../demo/screen.ts';
import { Interrupted, listenForInterruption } from '../rig/interruption.ts';
import { REPOSITORY } from '../rig/place.ts';
import { describeConditions, describeWays, toDocument } from './document.ts';
import { findFaults } from './faults.ts';
import { servingPython } from './machine.ts';
import { measureAll } from './measure-all.ts';
import { countMeasurements, FULL, QUICK, type BenchPlan } from './plan.ts';
import type { Results } from './results.ts';
import { clientsTable } from './tables/clients.ts';
import { memoryTable } from './tables/memory.ts';
import { statusTable } from './tables/status.ts';
import { supervisorsTable } from './tables/supervisors.ts';
import { toLines, type Table } from './tables/table.ts';
import { targetsTable } from './tables/targets.ts';
import { timesTable } from './tables/times.ts';

const DOCUMENT = 'docs/benchmarks.md';

const screen = openScreen();
const interruption = listenForInterruption(() => {
  screen.print('The servers are being ended; a moment.');
});
const isQuick = (process.env.QUICK ?? '') !== '';

process.exit(await run());

async function run(): Promise<number> {
  try {
    const python = await interruption.race(servingPython());
    if (typeof python === 'string') {
      process.stderr.write(`The bench cannot run: ${python}\n`);
      return 1;
    }
    const plan = isQuick ? QUICK : FULL;
    return await report(await measureAll(plan, python, announce(plan), interruption));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    screen.print('Interrupted; the servers have been ended.');
    return error.exitCode;
  }
}

/** Shows what is being measured: in place on a terminal, else in a line each on stderr. */
function announce(plan: BenchPlan): (description: string) => void {
  const all = countMeasurements(plan);
  let done = 0;
  return (description) => {
    done += 1;
    const line = `${String(done).padStart(String(all).length)}/${all}  ${description}`;
    if (screen.isLive) screen.show(line);
    else process.stderr.write(`${line}\n`);
  };
}

async function report(results: Results): Promise<number> {
  const tables = toTables(results);
  const conditions = describeConditions(results.machine);
  const room = screen.columns();
  screen.print(
    ...conditions.flatMap((text) => wrapText(text, Math.min(room, 80))),
    '',
    ...describeWays(),
    '',
    ...tables.flatMap((table) => {
      const [title = '', ...lines] = toLines(table, room);
      return [screen.theme.paint('strong', title), ...lines];
    }),
  );
  const faults = findFaults(results);
  screen.print(...faults);
  if (isQuick) {
    screen.print(`A quick run; ${DOCUMENT} is left as it is.`);
  } else if (faults.length === 0) {
    const path = join(REPOSITORY, DOCUMENT);
    await writeFile(path, await toDocument(results.machine, tables, path));
    screen.print(`Written to ${DOCUMENT}.`);
  }
  return faults.length === 0 ? 0 : 1;
}

function toTables(results: Results): readonly Table[] {
  const { reloads, memory, status, supervisors } = results;
  return [
    targetsTable(results),
    clientsTable(reloads),
    timesTable(reloads),
    memoryTable(memory),
    statusTable(status),
    supervisorsTable(supervisors),
  ];
}
