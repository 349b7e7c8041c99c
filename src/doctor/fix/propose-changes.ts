import type { Os } from '../../os/os.ts';
import type { Finding } from '../finding.ts';
import { editText, type EditedFile } from './edit-text.ts';

/** A configuration file is some kilobytes; what is larger is none. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The files as the changes of the findings would leave them. Nothing is written. */
export async function proposeChanges(
  os: Os,
  findings: readonly Finding[],
): Promise<readonly EditedFile[]> {
  const changes = findings.flatMap(({ change }) => change ?? []);
  const paths = [...new Set(changes.map(({ position }) => position.file))];
  const edited: EditedFile[] = [];
  for (const path of paths) {
    const text = await os.files('ours').readFile(path, MAX_BYTES);
    if (!text.ok) continue;
    const own = changes.filter(({ position }) => position.file === path);
    const after = editText(text.value, own);
    if (after !== text.value) edited.push({ path, before: text.value, after });
  }
  return edited;
}
