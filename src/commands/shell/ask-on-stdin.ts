import { readLine } from './read-line.ts';

/** Asks on stdout and takes a line of stdin for the answer; '' when there is none. */
export async function askOnStdin(question: string): Promise<string> {
  process.stdout.write(question);
  const answer = await readLine(process.stdin);
  process.stdin.pause();
  if (answer === undefined) process.stdout.write('\n');
  return answer ?? '';
}
