import { optionValue } from '../../servers/configured.ts';
import type { ProgramRule, ProgramSubject } from '../subject.ts';

/** Several processes that want one and the same address. */
export const findSharedPort: ProgramRule = (subject) => {
  const { program, siblings, call } = subject;
  const isFirst = siblings[0] === program;
  if (!isFirst || siblings.length < 2 || call === undefined || program.kind === 'fcgi-program')
    return [];
  const differ = siblings.some(
    (other) =>
      other !== program &&
      (other.command !== program.command ||
        !isSameEnvironment(other.environment, program.environment)),
  );
  const options = call.type.configured?.addressOptions;
  if (differ || options === undefined || isShared(subject)) return [];
  const bind = subject.gunicorn?.ok === true ? subject.gunicorn.value.bind.join(', ') : undefined;
  const address = bind ?? optionValue(call.args, options) ?? 'its default address';
  return [
    subject.find(
      'error',
      { code: 'shared-port', numprocs: siblings.length, address },
      { key: 'numprocs' },
    ),
  ];
};

function isShared({ gunicorn, call }: ProgramSubject): boolean {
  const { args = [], text = '' } = call ?? {};
  return (
    (gunicorn?.ok === true && gunicorn.value.reusePort) ||
    args.some((word) =>
      ['--reuse-port', '--fd', '--endpoint', '-e', '--map-socket'].includes(
        word.split('=')[0] ?? '',
      ),
    ) ||
    args.some((word) => word.startsWith('fd://')) ||
    /^[ \t]*reuse-port[ \t]*[=:]/m.test(text)
  );
}

function isSameEnvironment(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>>,
): boolean {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => left[key] === right[key]);
}
