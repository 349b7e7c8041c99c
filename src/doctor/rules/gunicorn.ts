import { findDrops } from '../../policy/find-drops.ts';
import type { Finding } from '../finding.ts';
import type { ProgramRule } from '../subject.ts';

/** Settings of gunicorn that will surprise. */
export const findGunicornTroubles: ProgramRule = (subject) => {
  const { gunicorn, live } = subject;
  if (gunicorn === undefined) return [];
  if (!gunicorn.ok) {
    return gunicorn.error.why === 'broken'
      ? [
          subject.find(
            'error',
            { code: 'settings-broken', output: gunicorn.error.output },
            { key: 'command' },
          ),
        ]
      : [];
  }
  const settings = gunicorn.value;
  const found: Finding[] = [];
  // Seen live, it is known whether the supervisor has a way around it.
  const preloadHurts =
    !subject.reading.isHeld && (live?.gunicorn === undefined || live.refusal?.code === 'preloaded');
  if (settings.preloadApp && preloadHurts) {
    found.push(subject.find('warning', { code: 'preload' }, { key: 'command' }));
  }
  if (settings.maxRequests > 0 && settings.maxRequestsJitter === 0) {
    const { maxRequests } = settings;
    found.push(
      subject.find('warning', { code: 'max-requests-in-step', maxRequests }, { key: 'command' }),
    );
  }
  if (settings.reload)
    found.push(subject.find('warning', { code: 'reload-on' }, { key: 'command' }));
  if (settings.hooks.length > 0 && !settings.preloadApp) {
    found.push(
      subject.find('info', { code: 'hooks-run-twice', hooks: settings.hooks }, { key: 'command' }),
    );
  }
  const why = findDrops(settings);
  if (why !== undefined) {
    const { version } = settings;
    found.push(
      subject.find(
        'warning',
        { code: 'workers-drop-connections', version, why },
        { key: 'command' },
      ),
    );
  }
  return found;
};
