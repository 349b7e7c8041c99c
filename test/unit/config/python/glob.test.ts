import { expect, test } from 'vitest';
import { glob } from '../../../../src/config/python/glob.ts';
import { fakeFiles } from '../fake-host.ts';

const files = fakeFiles(
  Object.fromEntries(
    [
      ...['/g/a.conf', '/g/b.conf', '/g/B.conf', '/g/a-z', '/g/a]', '/g/.dot', '/g/^', '/g/x.y+z'],
      ...['/g/sub/one/x', '/g/sub/two/x', '/g/sub/two/.y', '/g/é', '/g/😀', '/g/ﬀ'],
    ].map((path) => [path, '']),
  ),
);

test.each([
  ['/g/*.conf', ['/g/B.conf', '/g/a.conf', '/g/b.conf']],
  ['/g/[a-b].conf', ['/g/a.conf', '/g/b.conf']],
  ['/g/[b-a].conf', []],
  ['/g/[!a].conf', ['/g/B.conf', '/g/b.conf']],
  ['/g/a[]]', ['/g/a]']],
  ['/g/a[!]]z', ['/g/a-z']],
  ['/g/a[-]z', ['/g/a-z']],
  ['/g/[', []],
  ['/g/[^]', ['/g/^']],
  ['/g/x.y+z*', ['/g/x.y+z']],
  ['/g/*dot', []],
  ['/g/.*', ['/g/.dot']],
  ['/g/?', ['/g/^', '/g/é', '/g/ﬀ', '/g/😀']],
  ['/g/sub/*/x', ['/g/sub/one/x', '/g/sub/two/x']],
  ['/g/sub/**/x', ['/g/sub/one/x', '/g/sub/two/x']],
  ['/*/sub/t*/*', ['/g/sub/two/x']],
  ['/g/*/', ['/g/sub/']],
  ['/g/a.conf', ['/g/a.conf']],
  ['/g/none', []],
  ['/g/sub/', ['/g/sub/']],
])('%s', (pattern, paths) => {
  expect(glob(pattern, files)).toEqual(paths);
});
