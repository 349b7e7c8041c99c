import type { Os } from '../os/os.ts';

/** The name of the user that we are, for the record and for messages. */
export async function userName(os: Os): Promise<string> {
  return (await os.userById(os.me.uid))?.name ?? `uid ${os.me.uid}`;
}
