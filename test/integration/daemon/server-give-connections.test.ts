import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, it, type TestContext } from 'vitest';
import { CallGate } from '../../../src/daemon/server/http/call-gate.ts';
import { Connections } from '../../../src/daemon/server/http/connections.ts';
import { giveConnections } from '../../../src/daemon/server/http/give-connections.ts';
import { waitFor } from '../../rig/wait-for.ts';

const ASK = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';

/** A server whose answers wait at the gate, and clients that are connected to it. */
async function serve({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, count: number) {
  const gate = new CallGate();
  const server: Server = createServer((request, response) => {
    void gate.enter({ request, body: Buffer.alloc(0) }).then(() => response.end('done'));
  });
  const connections = new Connections(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  for (let index = 0; index < count; index += 1) {
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined); // Its server closes it at the end.
    clients.push(client);
    await waitFor('the connection', () => connections.all.length > index || undefined);
  }
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    server.closeAllConnections();
    server.close();
  });
  await gate.hold();
  const [first, second, third] = clients;
  return { gate, connections, servers: [{ name: 's', connections }], first, second, third };
}

it('gives a request that comes while another connection is being given with its own connection', async (context) => {
  const { gate, servers, second } = await serve(context, 2);
  const given: string[] = [];
  await giveConnections(servers, gate, async (_, __, unanswered) => {
    given.push(unanswered.toString());
    if (given.length > 1) return;
    second?.write(ASK);
    await waitFor('the request to be read', () => gate.waiting.size === 1 || undefined);
  });
  expect(given[0]).toBe('');
  expect(given[1]).toContain('GET /a HTTP/1.1\r\n');
});

it('reads nothing more of a connection that is on its way', async (context) => {
  const { gate, servers, first, second } = await serve(context, 2);
  let isFirst = true;
  await giveConnections(servers, gate, async (_, connection) => {
    if (!isFirst) return;
    isFirst = false;
    first?.write(ASK);
    second?.write(ASK);
    await waitFor('the other request to be read', () => gate.waiting.size === 1 || undefined);
    expect(connection.bytesRead).toBe(0);
  });
});

it('waits for the rest of a request, and closes a connection on which it does not come', async (context) => {
  const { gate, connections, servers, first, second, third } = await serve(context, 3);
  first?.write(ASK.slice(0, 9));
  second?.write(ASK.slice(0, 9));
  await waitFor(
    'the halves to be read',
    () => connections.all.filter(({ bytesRead }) => bytesRead === 9).length === 2 || undefined,
  );
  const closed = new Promise<boolean>((resolve) => second?.once('close', resolve));
  const given: string[] = [];
  await giveConnections(servers, gate, (_, __, unanswered) => {
    // What is given first is the one on which nothing was asked.
    if (given.length === 0) first?.write(ASK.slice(9));
    given.push(unanswered.toString());
    return Promise.resolve();
  });
  await closed;
  expect(given).toEqual(['', expect.stringContaining('GET /a')]);
  expect(third?.destroyed).toBe(false);
});
