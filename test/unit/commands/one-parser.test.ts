import { describe, expect, test } from 'vitest';
import { ReloadctlError } from '../../../src/base/errors.ts';
import { parseEngineOptions } from '../../../src/commands/engine/engine-options.ts';
import { mergeOptions, type ReloadFlags } from '../../../src/commands/reload-options.ts';
import { parseTarget } from '../../../src/os/http-get.ts';
import { configurationOf, errorOf } from '../config/fake-host.ts';

const FLAGS: Readonly<Record<string, keyof ReloadFlags>> = {
  health_url: 'healthUrl',
  health_host: 'healthHost',
  health_headers: 'healthHeaders',
  health_expect: 'healthExpect',
};

function attempt(work: () => unknown): string {
  try {
    return JSON.stringify(work());
  } catch (error) {
    if (error instanceof ReloadctlError) return 'refused';
    throw error;
  }
}

function byFlag(key: string, text: string): string {
  const value = key === 'health_url' || key === 'health_headers' ? [text] : text;
  return attempt(() => ({
    ...mergeOptions({ [FLAGS[key] ?? key]: value }, undefined),
    isSurgeConfigured: undefined,
  }));
}

function byRpc(key: string, text: string): string {
  const request = parseEngineOptions({ [key]: text });
  if (!request.ok) return 'refused';
  return attempt(() => ({
    ...mergeOptions(request.value.flags, undefined),
    isSurgeConfigured: undefined,
  }));
}

function byFile(key: string, text: string): string {
  const file = `[supervisord]\n[program:web]\ncommand=/web\n[reloadctl:web]\n${key} = ${text}\n`;
  let settings;
  try {
    settings = configurationOf(file).groups[0]?.programs[0]?.settings;
  } catch {
    return errorOf(file).code === 'settings-invalid' ? 'refused' : 'another error';
  }
  return attempt(() => ({ ...mergeOptions({}, settings), isSurgeConfigured: undefined }));
}

describe('file, command line and RPC answer alike', () => {
  test.each([
    ['surge', '2', true],
    ['surge', '50%', true],
    ['surge', '50 %', true],
    ['surge', '200%', false],
    ['surge', '0', false],
    ['strategy', 'bridge', true],
    ['strategy', 'Bridge', false],
    ['settle', '0', true],
    ['settle', '86400', true],
    ['settle', '1000000', false],
    ['timeout', '0.1', true],
    ['timeout', '0.05', false],
    ['timeout', '0', false],
    ['health_url', 'HTTPS://h/x', true],
    ['health_url', 'unix:/x.sock', true],
    ['health_url', 'unix:/x.sock:/up', true],
    ['health_url', 'unix:x.sock', false],
    ['health_url', 'ftp://h/', false],
    ['health_host', 'www.example.org:8000', true],
    ['health_host', 'a b', false],
    ['health_headers', 'X-A: b, X-C: d', true],
    ['health_headers', 'X-A', false],
    ['health_headers', 'Host: h', false],
    ['health_expect', '200, 300-399', true],
    ['health_expect', '2xx', false],
  ] as const)('%s = %s: taken %s', (key, text, isTaken) => {
    const answer = byFlag(key, text);
    expect(answer !== 'refused').toBe(isTaken);
    expect(byRpc(key, text)).toBe(answer);
    expect(byFile(key, text)).toBe(answer);
    if (key === 'health_url') expect(parseTarget(text) !== undefined).toBe(isTaken);
  });
});
