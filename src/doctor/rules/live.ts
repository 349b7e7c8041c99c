import type { Finding } from '../finding.ts';
import type { Refusal } from '../../policy/refusal.ts';
import type { ProgramRule } from '../subject.ts';

/** What only the running processes show. */
export const findLiveTroubles: ProgramRule = (subject) => {
  const { live, program } = subject;
  if (live === undefined) return [];
  const found: Finding[] = [];
  const { refusal, gunicorn, bootMs } = live;
  if (live.isArmed) found.push(subject.find('error', { code: 'armed' }));
  if (refusal?.code === 'stale-release' && refusal.onlyByStart !== true) {
    const { directory, pointsTo, masterCwd } = refusal;
    // An environment that is set already may hold secrets, and is not written out anew.
    const isFree = Object.keys(program.environment).length === 0;
    const change = isFree ? subject.set('environment', `PWD="${directory}"`) : undefined;
    found.push(
      subject.find(
        'error',
        { code: 'stale-release', directory, pointsTo, masterCwd },
        { key: 'directory', change },
      ),
    );
  }
  if (refusal !== undefined && isAboutRelease(refusal)) {
    found.push(subject.find('error', { code: 'reload-refused', refusal }, { key: 'directory' }));
  }
  for (const holder of live.holders) {
    found.push(subject.find('error', { code: 'port-held', ...holder }, { key: 'command' }));
  }
  for (const address of gunicorn?.bindTaken ?? []) {
    const trouble = { code: 'port-held', address, pid: undefined, command: undefined } as const;
    found.push(subject.find('error', trouble, { key: 'command' }));
  }
  if (gunicorn?.bridge !== undefined) {
    found.push(subject.find('warning', { code: 'leftover-bridge', pid: gunicorn.bridge.pid }));
  }
  if (live.state === 'FATAL' || live.state === 'BACKOFF') {
    const { state, description } = live;
    found.push(subject.find('error', { code: 'not-serving', state, description }));
  }
  if (bootMs !== undefined && program.startsecs * 1000 < bootMs) {
    found.push(
      subject.find(
        'warning',
        { code: 'startsecs-below-boot', startsecs: program.startsecs, bootMs },
        {
          key: 'startsecs',
          change: subject.set('startsecs', String(Math.ceil(bootMs / 1000) + 1)),
        },
      ),
    );
  }
  return found;
};

const ABOUT_RELEASE: ReadonlySet<Refusal['code']> = new Set<Refusal['code']>([
  'directory-gone',
  'other-interpreter',
  'held-modules',
  'bind-moves',
]);

/** What a reload cannot reach of what lies there; others have findings of their own. */
function isAboutRelease(refusal: Refusal): boolean {
  return refusal.code === 'stale-release'
    ? refusal.onlyByStart === true
    : ABOUT_RELEASE.has(refusal.code);
}
