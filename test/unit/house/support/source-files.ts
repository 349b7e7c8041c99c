import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../rig/place.ts';

/** A file of src. */
export interface SourceFile {
  /** In the repository: 'src/base/result.ts'. */
  readonly path: string;
  readonly text: string;
}

/** The files of src whose names end like this, by path. */
export function sourceFiles(ending: '.ts' | '.py'): readonly SourceFile[] {
  return readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => {
      const path = join('src', name);
      return { path, text: readFileSync(join(REPOSITORY, path), 'utf8') };
    });
}
