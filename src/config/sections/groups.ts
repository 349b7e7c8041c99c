import { ok, type Result } from '../../base/result.ts';
import type { Turns } from '../../base/turns.ts';
import type { ConfigError } from '../config-error.ts';
import { readerOf, type ReadContext } from '../section-reader.ts';
import { readEventListener } from './event-listener.ts';
import { readFcgi } from './fcgi.ts';
import { key, keyError, readKey, sectionError, type SectionReader } from '../section-reader.ts';
import { nameInSection, parseName } from '../section-names.ts';
import { readProcesses, type BareProgram } from './processes.ts';
import type { ProgramGroup } from '../program.ts';
import { compareCodePoints } from '../python/text.ts';
import { parseInteger, splitList } from '../option-values.ts';
import { GROUP_OPTIONS } from '../supervisord-options.ts';

/** A group whose programs have no [reloadctl] settings yet. */
export type BareGroup = Omit<ProgramGroup, 'programs'> & {
  readonly programs: readonly BareProgram[];
};

const PRIORITY_KEY = GROUP_OPTIONS.priority;
/** Listeners start first and stop last. */
const POOL_PRIORITY_KEY = key(parseInteger, -1);

/**
 * Every group, by priority and name: first [group:x], then programs, listeners and FastCGI
 * programs.
 */
export function* readGroups(
  context: ReadContext,
): Turns<Result<readonly BareGroup[], ConfigError>> {
  const { sections } = context.document;
  const groups: BareGroup[] = [];
  const grouped = new Set<string>();
  const readers: ReadonlyArray<
    readonly [string, (reader: SectionReader) => Turns<Result<BareGroup, ConfigError>>]
  > = [
    ['group:', (reader) => readGroup(context, reader, grouped)],
    ['program:', (reader) => readProgram(context, reader)],
    ['eventlistener:', (reader) => readPool(context, reader)],
    ['fcgi-program:', (reader) => readFcgiGroup(context, reader)],
  ];
  for (const [prefix, read] of readers) {
    for (const section of sections.withPrefix(prefix)) {
      if (grouped.has(section)) continue;
      yield;
      const group = yield* read(readerOf(context, section, [['here', context.document.here]]));
      if (!group.ok) return group;
      groups.push(group.value);
    }
  }
  groups.sort(
    (left, right) => left.priority - right.priority || compareCodePoints(left.name, right.name),
  );
  return ok(groups);
}

/** A [group:x]; the sections of its programs are added to `grouped`. */
function* readGroup(
  context: ReadContext,
  reader: SectionReader,
  grouped: Set<string>,
): Turns<Result<BareGroup, ConfigError>> {
  const { sections, section } = reader;
  const name = parseName(nameInSection(section));
  if (!name.ok) return sectionError(reader, name.error);
  const members = readKey(reader, 'programs', GROUP_OPTIONS.programs);
  if (!members.ok) return members;
  const priority = readKey(reader, 'priority', PRIORITY_KEY);
  if (!priority.ok) return priority;
  const programs: BareProgram[] = [];
  for (const member of splitList(members.value)) {
    const found = [`program:${member}`, `fcgi-program:${member}`].filter((each) =>
      sections.has(each),
    );
    const [memberSection] = found;
    if (memberSection === undefined) {
      return keyError(reader, 'programs', `names unknown program or fcgi-program ${member}`);
    }
    if (found.length > 1) {
      const message = `name ${member} is ambiguous (exists as program and fcgi-program)`;
      return keyError(reader, 'programs', message);
    }
    grouped.add(memberSection);
    // In a group a FastCGI program is an ordinary one, without its socket.
    const processes = yield* readProcesses(context, memberSection, name.value, 'program');
    if (!processes.ok) return processes;
    for (const process of processes.value) programs.push(process);
  }
  return ok(toGroup(name.value, priority.value, programs));
}

function* readProgram(
  context: ReadContext,
  reader: SectionReader,
): Turns<Result<BareGroup, ConfigError>> {
  const name = parseName(nameInSection(reader.section));
  if (!name.ok) return sectionError(reader, name.error);
  const priority = readKey(reader, 'priority', PRIORITY_KEY);
  if (!priority.ok) return priority;
  const programs = yield* readProcesses(context, reader.section, name.value, 'program');
  return programs.ok ? ok(toGroup(name.value, priority.value, programs.value)) : programs;
}

function* readPool(
  context: ReadContext,
  reader: SectionReader,
): Turns<Result<BareGroup, ConfigError>> {
  const name = nameInSection(reader.section);
  const priority = readKey(reader, 'priority', POOL_PRIORITY_KEY);
  if (!priority.ok) return priority;
  const eventlistener = readEventListener(reader);
  if (!eventlistener.ok) return eventlistener;
  const programs = yield* readProcesses(context, reader.section, name, 'eventlistener');
  if (!programs.ok) return programs;
  return ok({
    ...toGroup(name, priority.value, programs.value),
    eventlistener: eventlistener.value,
  });
}

function* readFcgiGroup(
  context: ReadContext,
  reader: SectionReader,
): Turns<Result<BareGroup, ConfigError>> {
  const name = parseName(nameInSection(reader.section));
  if (!name.ok) return sectionError(reader, name.error);
  const priority = readKey(reader, 'priority', PRIORITY_KEY);
  if (!priority.ok) return priority;
  const fcgi = readFcgi(reader, name.value);
  if (!fcgi.ok) return fcgi;
  const programs = yield* readProcesses(context, reader.section, name.value, 'fcgi-program');
  if (!programs.ok) return programs;
  return ok({ ...toGroup(name.value, priority.value, programs.value), fcgi: fcgi.value });
}

function toGroup(name: string, priority: number, programs: readonly BareProgram[]): BareGroup {
  return { name, priority, programs, eventlistener: undefined, fcgi: undefined };
}
