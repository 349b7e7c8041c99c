import { err, ok, type Result } from '../../base/result.ts';
import type { Turns } from '../../base/turns.ts';
import type { ConfigError } from '../config-error.ts';
import { readCustomTypes } from './custom-types.ts';
import { readerOf, type ReadContext } from '../context.ts';
import { environmentNames, expand } from '../expansion.ts';
import type { BareGroup } from '../sections/groups.ts';
import { key, type KeyTable, type KeyValues, type SectionReader } from '../section-reader.ts';
import { nameInSection } from '../section-names.ts';
import { nearest } from '../nearest.ts';
import type { BareProgram } from '../sections/processes.ts';
import type { Position, Program, ProgramGroup } from '../program.ts';
import { repr } from '../python/repr.ts';
import { strip } from '../python/text.ts';
import { parseAbsolutePath, parseHooks, parseSignalName, parseType } from './setting-values.ts';
import type { ProgramSettings } from './settings.ts';
import { SHARED_SETTINGS } from '../shared-settings.ts';
import { parseSocketAddress, type SocketAddress } from '../socket-address.ts';
import { parseBoolean, splitList, type Parse } from '../option-values.ts';

const SECTION = 'reloadctl';
const PREFIX = 'reloadctl:';

/** A switch, or the addresses between commas. */
const parseSocket: Parse<boolean | readonly SocketAddress[]> = (text) => {
  const flag = parseBoolean(text);
  if (flag.ok) return flag;
  const addresses: SocketAddress[] = [];
  const words = splitList(text);
  for (const word of words.length === 0 ? [''] : words) {
    const address = parseSocketAddress(word);
    if (!address.ok) {
      return err(
        `holds ${repr(word)}; it has to be on, off, or addresses: HOST:PORT or unix:/path`,
      );
    }
    addresses.push(address.value);
  }
  return ok(addresses);
};

/** The keys of [reloadctl] and [reloadctl:NAME]. */
export const SETTING_KEYS = {
  type: key(parseType, undefined),
  strategy: key(SHARED_SETTINGS.strategy.parse, undefined),
  surge: key(SHARED_SETTINGS.surge.parse, undefined),
  health_url: key(SHARED_SETTINGS.health_url.parse, undefined),
  settle: key(SHARED_SETTINGS.settle.parse, undefined),
  timeout: key(SHARED_SETTINGS.timeout.parse, undefined),
  reload_signal: key(parseSignalName, undefined),
  stop_signal: key(parseSignalName, undefined),
  pidfile: key(parseAbsolutePath, undefined),
  hooks: key(parseHooks, undefined),
  socket: key(parseSocket, undefined),
} satisfies KeyTable;

const NO_SETTINGS: ProgramSettings = {
  type: undefined,
  strategy: undefined,
  surge: undefined,
  healthUrls: [],
  settleSecs: undefined,
  timeoutSecs: undefined,
  reloadSignal: undefined,
  stopSignal: undefined,
  pidfile: undefined,
  hooks: {},
  socket: undefined,
};

type SettingName = keyof typeof SETTING_KEYS;
type SettingValues = KeyValues<typeof SETTING_KEYS>;

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
      if (Object.hasOwn(SETTING_KEYS, option)) continue;
      const known = nearest(option, Object.keys(SETTING_KEYS));
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
  const merged: { -readonly [Name in SettingName]?: SettingValues[Name] } = {};
  for (const section of sections) {
    const values = readSection(readerOf(context, section, names));
    if (!values.ok) return values;
    const hooks = { ...merged.hooks, ...values.value.hooks };
    Object.assign(merged, values.value, { hooks });
  }
  return ok({
    type: merged.type,
    strategy: merged.strategy,
    surge: merged.surge,
    healthUrls: merged.health_url ?? [],
    settleSecs: merged.settle,
    timeoutSecs: merged.timeout,
    reloadSignal: merged.reload_signal,
    stopSignal: merged.stop_signal,
    pidfile: merged.pidfile,
    hooks: Object.fromEntries(
      Object.entries(merged.hooks ?? {}).filter(([, command]) => command !== ''),
    ),
    socket: merged.socket,
  });
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

function readSection(reader: SectionReader): Result<Partial<SettingValues>, ConfigError> {
  const values: Record<string, unknown> = {};
  for (const [name, { parse }] of Object.entries(SETTING_KEYS)) {
    // Not from [DEFAULT]: its keys are meant for supervisord, whose pidfile would become every program's.
    if (!reader.sections.hasOwn(reader.section, name)) continue;
    const entry = reader.sections.get(reader.section, name);
    if (entry === undefined) continue;
    // '50%' is the natural way to write a surge, and there is nothing to fill in.
    const text =
      name === 'surge'
        ? ok(entry.value)
        : expand(entry.value, reader.names, `${reader.section}.${name}`);
    const value = text.ok ? parse(text.value, reader.host) : text;
    if (!value.ok) {
      const message = text.ok ? `[${reader.section}] ${name} ${value.error}` : value.error;
      return err(wrongSetting(message, entry.position));
    }
    values[name] = value.value;
  }
  // The loop above puts in only values of the right type for their names.
  return ok(values);
}

function wrongSetting(message: string, position: Position | undefined): ConfigError {
  return { code: 'settings-invalid', message, position };
}
