import type { GunicornFacts, ReloadFacts, ReloadOptions } from './facts.ts';
import { findDrops } from './find-drops.ts';
import { limitBoot } from './limits.ts';
import type { PlanNote } from './plan-note.ts';
import { knownSettings } from './steps.ts';
import type { GentleStrategy } from './count-workers.ts';

/** What a reader should know of this gunicorn before it is reloaded. */
export function noteGunicorn(
  facts: ReloadFacts,
  gunicorn: GunicornFacts,
  strategy: GentleStrategy,
  options: ReloadOptions,
): readonly PlanNote[] {
  const settings = knownSettings(gunicorn);
  const notes: PlanNote[] = [];
  if (gunicorn.bridge !== undefined) {
    notes.push({ code: 'leftover-bridge', pid: gunicorn.bridge.pid });
  }
  if (settings === undefined) {
    notes.push({ code: 'settings-unknown', why: gunicorn.settingsUnknown ?? 'not asked' });
  }
  if (!gunicorn.seesReadiness) {
    notes.push({
      code: 'readiness-by-time',
      seconds: facts.supervision?.startsecs ?? limitBoot(settings, options).ms / 1000,
    });
  }
  if (gunicorn.configChanged && settings?.configFile !== undefined) {
    notes.push({
      code: 'config-changed',
      path: settings.configFile,
      applied: strategy !== 'rolling',
    });
  }
  if (settings?.isServerChanged === true) {
    notes.push({ code: 'server-changed', version: settings.version });
  }
  const drops = settings === undefined ? undefined : findDrops(settings);
  if (settings !== undefined && drops !== undefined) {
    notes.push({ code: 'workers-drop-connections', version: settings.version, why: drops });
  }
  if (settings !== undefined && strategy === 'bridge') {
    const twice = settings.hooks.filter((hook) =>
      ['on_starting', 'when_ready', 'on_exit'].includes(hook),
    );
    if (twice.length > 0) notes.push({ code: 'server-hooks-run-twice', hooks: twice });
  }
  return notes;
}
