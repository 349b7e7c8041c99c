import { err, ok, type Result } from '../../base/result.ts';
import type { Turns } from '../../base/turns.ts';
import type { ConfigError } from '../config-error.ts';
import { readCustomTypes } from './custom-types.ts';
import { readerOf, type ReadContext } from '../section-reader.ts';
import { environmentNames, expand } from '../expansion.ts';
import type { BareGroup } from '../sections/groups.ts';
import type { SectionReader } from '../section-reader.ts';
import { nameInSection } from '../section-names.ts';
import { nearest } from '../nearest.ts';
import type { BareProgram } from '../sections/processes.ts';
import type { Position } from '../position.ts';
import type { Program, ProgramGroup } from '../program.ts';
import { repr } from '../python/repr.ts';
import { strip } from '../python/text.ts';
import { NO_SETTINGS, SETTINGS, type ProgramSettings, type Setting } from './settings.ts';

const SECTION = 'reloadctl';
const PREFIX = 'reloadctl:';

/**
 * Gives each program its settings: those of [reloadctl], over them those of [reloadctl:GROUP], over them those of
 * [reloadctl:PROGRAM]. A section or key that reloadctl does not know is an error that names the nearest known one.
 */
export function* attachSettings(
  context: ReadContext,
  groups: readonly BareGroup[],
): Turns<Result<readonly ProgramGroup[], ConfigError>> {
  const settingSections = findSettingSections(context);
  const wrong = findWrongSection(context, groups, settingSections.all);
  if (wrong !== undefined) return err(wrong);
  const types = readCustomTypes(context);
  if (!types.ok) return types;
  const customTypes = types.value;
  const attached: ProgramGroup[] = [];
  for (const group of groups) {
    const programs: Program[] = [];
    for (const program of group.programs) {
      yield;
      const settings = readSettings(context, program, settingSections);
      if (!settings.ok) return settings;
      programs.push({
        ...program,
        settings: customTypes.length === 0 ? settings.value : { ...settings.value, customTypes },
      });
    }
    attached.push({ ...group, programs });
  }
  return ok(attached);
}

/** The sections that hold settings: that of all programs, and those of one name, in the order in which they stand. */
interface SettingSections {
  readonly all: readonly string[];
  readonly byName: ReadonlyMap<string, readonly string[]>;
}

function findSettingSections(context: ReadContext): SettingSections {
  const all = context.document.sections
    .names()
    .filter((section) => section === SECTION || section.startsWith(PREFIX));
  const byName = new Map<string, string[]>();
  for (const section of all) {
    if (section === SECTION) continue;
    const name = strip(nameInSection(section));
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [section]);
    else known.push(section);
  }
  return { all, byName };
}

function findWrongSection(
  context: ReadContext,
  groups: readonly BareGroup[],
  settingSections: readonly string[],
): ConfigError | undefined {
  const { sections } = context.document;
  if (settingSections.length === 0) return undefined;
  const names = namesInUse(context, groups);
  for (const section of settingSections) {
    const position = sections.positionOf(section);
    for (const option of sections.ownKeys(section)) {
      if (Object.hasOwn(SETTINGS, option)) continue;
      const known = nearest(option, Object.keys(SETTINGS));
      const at = sections.get(section, option)?.position;
      return wrongSetting(
        `[${section}] has no key ${repr(option)}; did you mean ${repr(known)}?`,
        at,
      );
    }
    const name = strip(nameInSection(section));
    if (section === SECTION || names.has(name)) continue;
    const hint =
      names.size === 0
        ? 'the configuration has no programs'
        : `did you mean [${PREFIX}${nearest(name, [...names])}]?`;
    return wrongSetting(`[${section}] names no program or group; ${hint}`, position);
  }
  return undefined;
}

/** Every name that [reloadctl:NAME] may give, those of programs with numprocs=0 included. */
function namesInUse(context: ReadContext, groups: readonly BareGroup[]): ReadonlySet<string> {
  const programs = ['program:', 'fcgi-program:', 'eventlistener:'].flatMap((prefix) =>
    context.document.sections.withPrefix(prefix).map((each) => strip(nameInSection(each))),
  );
  return new Set([...programs, ...groups.map((group) => group.name)]);
}

function readSettings(
  context: ReadContext,
  program: BareProgram,
  settingSections: SettingSections,
): Result<ProgramSettings, ConfigError> {
  const sections = sectionsFor(settingSections, program);
  if (sections.length === 0) return ok(NO_SETTINGS);
  const names = namesOf(context, program);
  const values: Record<string, unknown> = { ...NO_SETTINGS };
  for (const section of sections) {
    const wrong = readSection(readerOf(context, section, names), values);
    if (wrong !== undefined) return err(wrong);
  }
  return ok(values as ProgramSettings);
}

/** The sections that speak about a program, the weakest first. */
function sectionsFor({ all, byName }: SettingSections, program: BareProgram): readonly string[] {
  const about = (name: string): readonly string[] => byName.get(name) ?? [];
  const isOwnGroup = program.group === program.section;
  return [
    ...(all.includes(SECTION) ? [SECTION] : []),
    ...(isOwnGroup ? [] : about(program.group)),
    ...about(program.section),
  ];
}

/** The names that the values may use: those that every key of the program may use. */
function namesOf(context: ReadContext, program: BareProgram): Map<string, string | number> {
  return new Map<string, string | number>([
    ...environmentNames(program.environment),
    ['here', context.document.here],
    ['host_node_name', context.host.hostname],
    ['program_name', program.section],
    ['group_name', program.group],
    ['process_num', program.processNum],
    ['numprocs', program.numprocs],
  ]);
}

/** Puts the settings of a section over `values`; what is wrong with the first that is. */
function readSection(
  { sections, section, names }: SectionReader,
  values: Record<string, unknown>,
): ConfigError | undefined {
  for (const [key, setting] of Object.entries<Setting>(SETTINGS)) {
    // Not from [DEFAULT]: its keys are meant for supervisord.
    const entry = sections.hasOwn(section, key) ? sections.get(section, key) : undefined;
    if (entry === undefined) continue;
    const { field, parse, isVerbatim, merge } = setting;
    const text = isVerbatim ? ok(entry.value) : expand(entry.value, names, `${section}.${key}`);
    const value = text.ok ? parse(text.value) : text;
    if (!value.ok) {
      const message = text.ok ? `[${section}] ${key} ${value.error}` : value.error;
      return wrongSetting(message, entry.position);
    }
    values[field] = merge?.(values[field] as never, value.value as never) ?? value.value;
  }
  return undefined;
}

function wrongSetting(message: string, position: Position | undefined): ConfigError {
  return { code: 'settings-invalid', message, position };
}
