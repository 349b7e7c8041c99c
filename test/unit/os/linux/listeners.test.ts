import { describe, expect, it } from 'vitest';
import { parseTcpListeners, parseUnixListeners } from '../../../../src/os/linux/listeners.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state = '0A', inode = 2620): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;

describe('parseTcpListeners', () => {
  it.each([
    ['0100007F:1F40', 'LE', '127.0.0.1:8000'],
    ['7F000001:1F40', 'BE', '127.0.0.1:8000'],
    ['00000000:07E8', 'LE', '0.0.0.0:2024'],
    ['00000000000000000000000000000000:0050', 'LE', '[::]:80'],
    ['00000000000000000000000001000000:0050', 'LE', '[::1]:80'],
    ['B80D01200000000000000000EFBE0000:0050', 'LE', '[2001:db8::beef]:80'],
    ['0000000000000000FFFF00000100007F:0050', 'LE', '[::ffff:127.0.0.1]:80'],
  ] as const)('%s (%s) is %s', (local, order, address) => {
    expect(parseTcpListeners(HEAD + row(local), order)).toEqual([{ address, inode: 2620, uid: 0 }]);
  });

  it.each([
    ['the head line alone', HEAD],
    ['a connection', HEAD + row('0100007F:1F40', '01')],
    ['nonsense', 'x y z 0A\n\n'],
  ])('finds nothing in %s', (_, table) => {
    expect(parseTcpListeners(table, 'LE')).toEqual([]);
  });
});

describe('parseUnixListeners', () => {
  it('takes listening sockets with a name only', () => {
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000000019cafebe: 00000003 00000000 00000000 0001 03  2616',
      '00000000e28e0049: 00000002 00000000 00010000 0001 01 38664 /run/my app.sock',
      '00000000f4fafb77: 00000003 00000000 00000000 0001 03 38668 /run/my app.sock',
      '0000000016afe7d3: 00000002 00000000 00010000 0001 01 43696 @reloadctl/x',
      '0000000016afe7d4: 00000002 00000000 00010000 0001 01 43697',
      '',
    ].join('\n');
    expect(parseUnixListeners(table)).toEqual([
      { address: 'unix:/run/my app.sock', inode: 38664 },
      { address: 'unix:@reloadctl/x', inode: 43696 },
    ]);
  });

  it('believes nothing of a socket that has two lines: one of them is a line feed in a name', () => {
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '00000000e28e0049: 00000002 00000000 00010000 0001 01 38664 /run/app.sock',
      '0000000016afe7d3: 00000002 00000000 00010000 0001 01 43696 @x',
      '0000000000000000: 00000002 00000000 00010000 0001 01 38664 /run/other.sock',
      '0000000016afe7d4: 00000003 00000000 00000000 0001 03 51000',
      '0000000016afe7d5: 00000002 00000000 00010000 0001 01 43698 @y',
      '0000000000000000: 00000002 00000000 00010000 0001 01 51000 /run/ready.sock',
      '0000000000000000: 00000002 00000000 00010000 0001 01 61000 /run/tcp.sock',
      '0000000016afe7d6: 00000002 00000000 00010000 0001 01 43699 @\u001b[2J',
      '',
    ].join('\n');
    expect(parseUnixListeners(table, (inode) => inode === 61_000)).toEqual([
      { address: 'unix:@x', inode: 43696 },
      { address: 'unix:@y', inode: 43698 },
    ]);
  });
});
