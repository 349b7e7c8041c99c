import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { REPOSITORY } from '../rig/place.ts';
import { DURATIONS_FILE } from './longest-first.ts';

/** Files below this do not matter for the order. */
const NOTED_SECONDS = 10;

interface Part {
  files: number;
  tests: number;
  seconds: number;
  longest: { readonly file: string; readonly seconds: number };
}

/**
 * At the end of a run says how long each part of the tests took: files that run side by side added up, and the longest one. With
 * RELOADCTL_TEST_DURATIONS it writes down what the order of the next runs is made from.
 */
export default class TellParts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const parts = new Map<string, Part>();
    const noted: Record<string, number> = {};
    for (const module of modules) {
      const file = relative(REPOSITORY, module.moduleId);
      const { duration, collectDuration, setupDuration } = module.diagnostic();
      const seconds = (duration + collectDuration + setupDuration) / 1000;
      if (seconds >= NOTED_SECONDS && partOf(file) !== 'unit') noted[file] = Math.round(seconds);
      const part = parts.get(partOf(file)) ?? {
        files: 0,
        tests: 0,
        seconds: 0,
        longest: { file, seconds },
      };
      part.files += 1;
      part.tests += [...module.children.allTests()].length;
      part.seconds += seconds;
      if (seconds > part.longest.seconds) part.longest = { file, seconds };
      parts.set(partOf(file), part);
    }
    if (parts.size > 1) console.log(`\n${tableOf(parts)}`);
    if (process.env.RELOADCTL_TEST_DURATIONS !== undefined) {
      const sorted = Object.fromEntries(Object.entries(noted).sort(([a], [b]) => (a < b ? -1 : 1)));
      writeFileSync(DURATIONS_FILE, `${JSON.stringify(sorted, undefined, 2)}\n`);
    }
  }
}

/** 'unit', or the folder of an integration test. */
function partOf(file: string): string {
  const [, project = '', ...rest] = file.split('/');
  if (project === 'unit') return project;
  return rest.length > 1 ? `${project}/${rest[0] ?? ''}` : project;
}

function tableOf(parts: ReadonlyMap<string, Part>): string {
  const rows = [...parts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { files, tests, seconds, longest }]) => [
      name,
      String(files),
      String(tests),
      seconds.toFixed(0),
      `${longest.seconds.toFixed(0)} s ${longest.file.slice(longest.file.lastIndexOf('/') + 1)}`,
    ]);
  const all = [['part', 'files', 'tests', 'seconds', 'longest'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
