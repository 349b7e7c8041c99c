import { describe, expect, it } from 'vitest';
import type { ReloadEvent } from '../../../src/reload/events.ts';
import { toJsonDocument } from '../../../src/base/json.ts';
import { JsonRenderer } from '../../../src/terminal/json-renderer.ts';
import { Recorder } from './recorder.ts';
import { brokenReload } from './sample-events.ts';
import { stepId } from './sample-plan.ts';

function render(events: readonly ReloadEvent[]): string[] {
  const stream = new Recorder();
  const renderer = new JsonRenderer(stream);
  renderer.begin();
  for (const event of events) renderer.handle(event);
  renderer.finish();
  return stream.lines;
}

/** What JSON makes of an event: undefined fields are gone. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('JSON lines', () => {
  it('are the events, one a line, the result last', () => {
    const lines = render(brokenReload());
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      brokenReload().map(throughJson),
    );
    expect(lines.at(-1)).toMatch(
      /^\{"event":"result","atMs":1489,"outcome":"refused","exitCode":10,/u,
    );
  });

  it('hide secrets', () => {
    const step = {
      id: stepId('preflight'),
      phase: 'prove',
      do: 'preflight',
      how: 'check-config',
      argv: ['gunicorn', '-e', 'KEY=hunter2', '--password=hunter2'],
      cwd: undefined,
      user: undefined,
      environment: 'live-process',
      steadyMs: 0,
      limit: { ms: 1, reason: 'asked' },
    } as const;
    const [first, second] = render([
      { event: 'step-started', atMs: 0, step, index: 1, of: 1, undoing: false },
      {
        event: 'output',
        atMs: 1,
        source: 'preflight',
        text: 'cannot connect to postgres://u:hunter2@db/x',
      },
    ]);
    expect(first).toContain('"argv":["gunicorn","-e","KEY=***","--password=***"]');
    expect(second).toContain('postgres://u:***@db/x');
  });

  it('are harmless on a terminal and still the same text', () => {
    const text = 'a\u001b[2J\u009b31m\u202eb\u200b\u{e0041}\n';
    const [line = ''] = render([{ event: 'output', atMs: 0, source: 'preflight', text }]);
    expect(line).toMatch(/^[\x20-\x7e]+$/u);
    expect((JSON.parse(line) as { text: string }).text).toBe(text);
  });
});

describe('toJsonDocument', () => {
  it('is indented for people and ends in a line feed', () => {
    expect(toJsonDocument([{ name: 'a', url: 'http://u:p@h' }])).toBe(
      '[\n  {\n    "name": "a",\n    "url": "http://u:***@h"\n  }\n]\n',
    );
  });
});
