import { describe, expect, it } from 'vitest';
import type { ReloadEvent } from '../../../src/reload/events.ts';
import { QuietRenderer } from '../../../src/terminal/quiet-renderer.ts';
import { recordOutputs } from './recorder.ts';
import { brokenReload, goodReload } from './sample-events.ts';

function render(events: readonly ReloadEvent[]): string {
  const outputs = recordOutputs();
  const renderer = new QuietRenderer(outputs.err);
  for (const event of events) renderer.handle(event);
  renderer.finish();
  return outputs.stderr.text;
}

describe('quiet', () => {
  it('says nothing when all goes well', () => {
    expect(render(goodReload())).toBe('');
  });

  it('says everything about a failure', () => {
    expect(render(brokenReload())).toMatchInlineSnapshot(`
      "The program's log says:
          [2024-11-20 22:57:12 +0000] [1305] [ERROR] Exception in worker process
          Traceback (most recent call last):
            File "/srv/usercenter/app.py", line 3, in <module>
              import settingz
          ModuleNotFoundError: No module named 'settingz'
          [2024-11-20 22:57:12 +0000] [1301] [ERROR] Worker failed to boot.
      usercenter: not reloaded, the old version still serves (bridge, 1.5 s)
        failed   step 3, wait until the bridge has 4 ready workers
        seen     bridge 1301 died
        serving  master 1234 with 4 old workers
        next     Repair the new version or put the previous one back, then
                 \`reloadctl reload usercenter\`. Its log: \`reloadctl tail usercenter\`.
                 Do not leave it there: a worker that is replaced for another reason
                 (a crash, max_requests, a timeout) loads it, and can take the running
                 version down.
      "
    `);
  });

  it('says who was KILLed, since nobody has been told', () => {
    const events = goodReload().map((event): ReloadEvent =>
      event.event === 'result'
        ? { ...event, outcome: 'done-with-kill', exitCode: 11, killed: 1 }
        : event,
    );
    const killed: ReloadEvent = {
      event: 'killed',
      atMs: 5,
      pid: 1240,
      role: 'old-workers',
      by: 'reloadctl',
      afterMs: 30_000,
    };
    expect(render([killed, ...events])).toContain(
      '  killed   KILLed old worker 1240, which had been asked to go 30 s before\n',
    );
  });
});
