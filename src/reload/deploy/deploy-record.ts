import type { StateDirectory } from '../../os/state-files.ts';

/** A deployment under way. What a killed run has left is put right from it. */
export interface DeployRecord {
  readonly link: string;
  /** Where the link led, and what it said. */
  readonly from: string;
  readonly fromText: string;
  readonly to: string;
  /** The programs, as people write them, in their order. */
  readonly programs: readonly string[];
  /** Those that may have been told of the new release. */
  readonly begun: readonly string[];
  readonly startedEpochMs: number;
  readonly user: string;
}

const nameOf = (link: string): string => `deploy ${link}`;

/** The deployment by that link which did not come to its end. */
export async function readDeploy(
  state: StateDirectory | undefined,
  link: string,
): Promise<DeployRecord | undefined> {
  const text = await state?.read(nameOf(link));
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && value.link === link ? value : undefined;
  } catch {
    return undefined; // Damaged: as good as none.
  }
}

/** The error is a sentence. */
export async function writeDeploy(
  state: StateDirectory,
  record: DeployRecord,
): Promise<string | undefined> {
  const written = await state.write(nameOf(record.link), JSON.stringify(record));
  return written.ok ? undefined : written.error;
}

/** It is over. */
export async function removeDeploy(state: StateDirectory, link: string): Promise<void> {
  await state.remove(nameOf(link));
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

function isRecord(value: unknown): value is DeployRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { link, from, fromText, to, programs, begun } = value as Readonly<Record<string, unknown>>;
  return (
    [link, from, fromText, to].every((each) => typeof each === 'string') &&
    isTexts(programs) &&
    isTexts(begun)
  );
}
