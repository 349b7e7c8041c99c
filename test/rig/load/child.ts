// The load generator's own process: `node --import tsx child.ts OPTIONS`, with an IPC channel to whoever started it.
// A process of its own, so that nothing that the tests do delays a request or the reading of its answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from './client.ts';
import type { FromChild, LoadPlan, ToChild } from './protocol.ts';
import { Tally } from './tally.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan;
const clients = Array.from(
  { length: plan.keepAlive ? plan.connections : 1 },
  () => new HttpClient(plan.endpoint, plan.keepAlive),
);
const startedAt = performance.now();
const tally = new Tally(Date.now());
const pending = new Set<Promise<void>>();
const now = (): number => performance.now() - startedAt;
const ending = new AbortController();
let hasAnswered = false;

process.on('message', (message: ToChild) => {
  if (message === 'stop') ending.abort();
  else tell({ kind: 'snapshot', summary: tally.summarize(now()) });
});
// Whoever asked for the load is gone.
process.on('disconnect', () => process.exit(0));
if (!process.connected) process.exit(0);

tell({ kind: 'started' });
for (let number = 0; !ending.signal.aborted; number += 1) {
  const dueMs = (number * 1000) / plan.ratePerSecond;
  if (dueMs > now()) await sleep(dueMs - now());
  if (pending.size >= (plan.mostInFlight ?? Infinity)) {
    tally.skip();
    continue;
  }
  // The open loop: a request goes out when it is due, however many answers are still missing.
  const request = send(number, dueMs).finally(() => pending.delete(request));
  pending.add(request);
}
await Promise.all(pending);
tell({ kind: 'final', summary: tally.summarize(now()) });

async function send(number: number, dueMs: number): Promise<void> {
  const client = clients[number % clients.length];
  if (client === undefined) throw new Error('connections has to be 1 or more');
  tally.send(dueMs, now());
  const outcome = await client.get(plan.path, plan.timeoutMs, () => {
    tally.retryStale();
  });
  tally.finish(dueMs, now(), outcome);
  if (outcome.kind === 'ok' && !hasAnswered) {
    hasAnswered = true;
    tell({ kind: 'first' });
  }
}

function tell(message: FromChild): void {
  process.send?.(message);
}
