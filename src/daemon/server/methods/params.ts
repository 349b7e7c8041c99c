import type { RpcStruct, RpcValue } from '../../../rpc/value.ts';
import { FaultError } from './fault-error.ts';

/** The parameters of a call, taken as supervisord's Python takes them. */
export class Params {
  readonly #values: readonly RpcValue[];

  constructor(values: readonly RpcValue[]) {
    this.#values = values;
  }

  /** A string; INCORRECT_PARAMETERS for anything else. */
  text(index: number): string {
    const value = this.#values[index];
    if (typeof value !== 'string') throw new FaultError('INCORRECT_PARAMETERS');
    return value;
  }

  /** A string; INCORRECT_PARAMETERS with the value for anything else, as sendProcessStdin alone has it. */
  textToSend(index: number): string {
    const value = this.#values[index];
    if (typeof value === 'string') return value;
    throw new FaultError('INCORRECT_PARAMETERS', JSON.stringify(value));
  }

  /** A string, or a number as text: signals may be either. */
  textOrNumber(index: number): string {
    const value = this.#values[index];
    return typeof value === 'number' ? String(value) : this.text(index);
  }

  /** A whole number; numeric strings and fractions are cut down to one, as int() does. */
  int(index: number): number {
    const value = this.#values[index];
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(Math.trunc(number))) {
      throw new FaultError('INCORRECT_PARAMETERS');
    }
    return Math.trunc(number);
  }

  /** Python's truth of a value; `fallback` where there is none. */
  truth(index: number, fallback: boolean): boolean {
    const value = this.#values[index];
    if (value === undefined) return fallback;
    if (Array.isArray(value)) return value.length > 0;
    if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
    return value !== null && value !== '' && value !== 0 && value !== false;
  }

  /** Whether there is one at all. */
  has(index: number): boolean {
    return this.#values[index] !== undefined;
  }

  /** A struct, empty where there is none; INCORRECT_PARAMETERS for anything else. */
  struct(index: number): RpcStruct {
    const value = this.#values[index];
    if (value === undefined) return {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new FaultError('INCORRECT_PARAMETERS');
    }
    return value as RpcStruct;
  }

  /** An array; INCORRECT_PARAMETERS for anything else. */
  list(index: number): readonly RpcValue[] {
    const value = this.#values[index];
    if (!Array.isArray(value)) throw new FaultError('INCORRECT_PARAMETERS');
    return value as readonly RpcValue[];
  }
}
