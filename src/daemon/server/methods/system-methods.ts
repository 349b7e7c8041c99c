import { FAULT_CODES } from '../../../rpc/faults.ts';
import type { RpcValue } from '../../../rpc/value.ts';
import { FaultError } from './fault-error.ts';
import { methodTable, type Method, type MethodTable } from './method.ts';

/** When the results together are longer, further calls are refused: one request must not use up the memory. */
const MAX_MULTICALL_CHARACTERS = 16 * 1024 * 1024;
const TOO_LONG = {
  faultCode: FAULT_CODES.FAILED,
  faultString: 'FAILED: the results of the calls before this one are too long',
};

/** What the system.* namespace is about. */
export interface SystemSubject {
  /** The methods of all namespaces, system.* included. */
  readonly methods: () => MethodTable;
  /** Calls a method of any namespace by name. */
  readonly call: (method: string, params: readonly RpcValue[]) => Promise<unknown>;
  /** Told of what a method of a multicall throws that is no fault. */
  readonly onBug: (method: string, error: unknown) => void;
}

/** The system.* namespace (supervisor/xmlrpc.py, SystemNamespaceRPCInterface). */
export function systemMethods(subject: SystemSubject): MethodTable {
  const find = (name: string): Method => {
    const method = subject.methods().get(name);
    if (method === undefined) throw new FaultError('SIGNATURE_UNSUPPORTED');
    return method;
  };
  return methodTable('system', [
    [
      'listMethods',
      'array',
      'The names of all methods.',
      () => [...subject.methods().keys()].sort(),
    ],
    ['methodHelp', 'string string', 'What a method does.', (params) => find(params.text(0)).help],
    [
      'methodSignature',
      'array string',
      'The types of a method: its result, then its parameters.',
      (params) => find(params.text(0)).signature,
    ],
    [
      'multicall',
      'array array',
      'Call several methods ({methodName, params}), one after the other.',
      async (params) => {
        const results: unknown[] = [];
        let left = MAX_MULTICALL_CHARACTERS;
        for (const item of params.list(0)) {
          const result = left > 0 ? await callOne(item, subject) : TOO_LONG;
          left -= JSON.stringify(result).length;
          results.push(result);
        }
        return results;
      },
    ],
  ]);
}

/** supervisord gives bare results, and faults among them as structs. */
async function callOne(item: RpcValue, { call, onBug }: SystemSubject): Promise<unknown> {
  const fields = typeof item === 'object' && item !== null && !Array.isArray(item) ? item : {};
  const { methodName, params } = fields as Readonly<Record<string, RpcValue | undefined>>;
  if (typeof methodName !== 'string' || methodName === '') return refusal('No methodName');
  if (methodName === 'system.multicall') return refusal('Recursive system.multicall forbidden');
  try {
    return await call(methodName, Array.isArray(params) ? (params as readonly RpcValue[]) : []);
  } catch (error) {
    if (error instanceof FaultError) return { faultCode: error.code, faultString: error.message };
    onBug(methodName, error);
    return { faultCode: FAULT_CODES.FAILED, faultString: 'FAILED: internal error' };
  }
}

function refusal(why: string): { readonly faultCode: number; readonly faultString: string } {
  const { code, message } = new FaultError('INCORRECT_PARAMETERS', why);
  return { faultCode: code, faultString: message };
}
