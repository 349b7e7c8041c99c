import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the comments at the head of a configuration of fixtures/doctor ask for. */
interface Wishes {
  /** `; finds: CODE, CODE`: exactly these findings. */
  readonly finds: readonly string[];
  /** `; mode: 0644`, of the configuration itself. */
  readonly mode: number;
  /** `; file: NAME` and the lines `; | TEXT` after it: files beside the configuration. A script is executable. */
  readonly files: ReadonlyMap<string, string>;
}

function readWishes(text: string): Wishes {
  const files = new Map<string, string>();
  let finds: readonly string[] = [];
  let mode = 0o640;
  let current = '';
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^; (finds|mode|file): (.*)$/.exec(line) ?? [];
    if (key === 'finds') finds = value.split(',').map((code) => code.trim());
    if (key === 'mode') mode = Number.parseInt(value, 8);
    if (key === 'file') current = value;
    const content = /^; \| ?(.*)$/.exec(line)?.[1];
    if (content !== undefined) files.set(current, `${files.get(current) ?? ''}${content}\n`);
  }
  return { finds, mode, files };
}

/** Puts a configuration of the corpus with its files into `directory` and says what has to be found in it. */
export function layOut(source: string, directory: string): readonly string[] {
  const configuration = join(directory, 'supervisord.conf');
  const { finds, mode, files } = readWishes(readFileSync(source, 'utf8'));
  cpSync(source, configuration);
  chmodSync(configuration, mode);
  for (const [name, content] of files) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, name.endsWith('.sh') ? 0o755 : 0o644);
  }
  return finds;
}
