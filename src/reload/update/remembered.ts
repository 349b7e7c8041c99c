import { keepText } from '../../config/changes/kept-text.ts';
import type { ProcId } from '../../os/proc.ts';
import { isSameProc } from '../../os/proc.ts';
import type { StateDirectory } from '../../os/state-files.ts';

/** Options of one process by name. */
type Options = Readonly<Record<string, string>>;

/** A group as it was active at a moment. */
export interface RememberedGroup {
  /** The supervisor's clock, seconds since the epoch. */
  readonly atEpochS: number;
  /** By the name of the process. */
  readonly members: Readonly<Record<string, Options>>;
}

/** What one supervisor process had active when we last looked, by group. Holds no environment, which may be secret; in a file the secrets in commands are digests. */
export type Remembered = Readonly<Record<string, RememberedGroup>>;

const fileOf = (url: string): string => `configuration ${url}`;

/** What was remembered of this very supervisor process; nothing of an earlier one, which had read its configuration itself. */
export async function readRemembered(
  state: StateDirectory | undefined,
  url: string,
  supervisor: ProcId | undefined,
): Promise<Remembered> {
  const text = supervisor === undefined ? undefined : await state?.read(fileOf(url));
  if (text === undefined || supervisor === undefined) return {};
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return {}; // Damaged: as good as none.
  }
  if (!isObject(record) || record.version !== 1 || !isObject(record.groups)) return {};
  const of = record.supervisor;
  if (!isProcId(of) || !isSameProc(of, supervisor)) return {};
  return Object.fromEntries(
    Object.entries(record.groups).flatMap(([name, group]) =>
      isGroup(group) ? [[name, group]] : [],
    ),
  );
}

/** Remembers it for the next run. Without a state directory that run knows less, which it says. */
export async function writeRemembered(
  state: StateDirectory | undefined,
  url: string,
  supervisor: ProcId | undefined,
  groups: Remembered,
): Promise<void> {
  if (supervisor === undefined) return;
  const { pid, startTicks } = supervisor;
  const kept = Object.fromEntries(
    Object.entries(groups).map(([name, group]) => [name, withoutSecrets(group)]),
  );
  const record = { version: 1, supervisor: { pid, startTicks }, groups: kept };
  await state?.write(fileOf(url), JSON.stringify(record));
}

function withoutSecrets({ atEpochS, members }: RememberedGroup): RememberedGroup {
  const kept = Object.entries(members).map(([name, options]): [string, Options] => [
    name,
    Object.fromEntries(Object.entries(options).map(([option, text]) => [option, keepText(text)])),
  ]);
  return { atEpochS, members: Object.fromEntries(kept) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isProcId(value: unknown): value is ProcId {
  return isObject(value) && Number.isInteger(value.pid) && Number.isFinite(value.startTicks);
}

function isGroup(value: unknown): value is RememberedGroup {
  return (
    isObject(value) &&
    typeof value.atEpochS === 'number' &&
    isObject(value.members) &&
    Object.values(value.members).every(
      (options) =>
        isObject(options) && Object.values(options).every((text) => typeof text === 'string'),
    )
  );
}
