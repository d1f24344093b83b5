/**
 * Which files are read: what has no end or is no file ends nothing, and is told by its name; and
 * what a look at them tells apart.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { faultText } from '../../../src/policies/file/fault.ts';
import { findFiles, lookAt } from '../../../src/policies/file/sources.ts';

const root = mkdtempSync(join(tmpdir(), 'argus-sources-'));
let folder = root;
let number = 0;

beforeEach(() => {
  folder = join(root, String(number++));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(folder, name);

/** What is wrong, without the folder. */
async function faultsOf(path: string): Promise<readonly string[]> {
  const found = await findFiles(path);
  return found.ok ? [] : found.faults.map((one) => faultText(one).replace(`${folder}/`, ''));
}

test('those of a folder, in the order of their names; neither hidden ones nor folders', async () => {
  for (const name of ['b.yml', 'a.yaml', '.c.yaml', 'd.txt']) writeFileSync(at(name), name);
  mkdirSync(at('e.yaml'));
  expect(await findFiles(folder)).toEqual({
    ok: true,
    files: ['a.yaml', 'b.yml'].map((name) => ({ file: at(name), text: name })),
  });
});

test('what cannot be read: each, with the reason', async () => {
  execFileSync('mkfifo', [at('a.yaml')]);
  writeFileSync(at('b.yaml'), Uint8Array.of(0xff));
  symlinkSync('nowhere', at('c.yaml'));
  symlinkSync('d.yaml', at('d.yaml'));
  symlinkSync('.', at('e.yaml'));
  symlinkSync('/dev/zero', at('f.yaml'));
  const noFile = 'must be a file: a folder, a pipe or a device is none';
  expect(await faultsOf(folder)).toEqual([
    `a.yaml: ${noFile}`,
    'b.yaml: must be UTF-8, and has bytes that are not',
    'c.yaml: cannot be read: there is no such file or folder (ENOENT)',
    'd.yaml: cannot be read: its links lead in a circle (ELOOP)',
    `e.yaml: ${noFile}`,
    `f.yaml: ${noFile}`,
  ]);
  expect(await faultsOf(at('none'))).toEqual([
    'none: cannot be read: there is no such file or folder (ENOENT)',
  ]);
  expect(await faultsOf(at('b.yaml/x'))).toEqual([
    'b.yaml/x: cannot be read: a part of the path is no folder (ENOTDIR)',
  ]);
});

test('more bytes than the characters of all files can have are not read', async () => {
  for (const name of ['a.yaml', 'b.yaml']) {
    writeFileSync(at(name), '');
    truncateSync(at(name), 9_000_000);
  }
  expect(await faultsOf(folder)).toEqual([
    'b.yaml: all files together must have at most 16777216 bytes, have 18000000 with it',
  ]);
});

describe('a look tells apart', () => {
  const identityOf = async (path: string) => (await lookAt(path)).identity;
  function freshFolder(): string {
    const path = join(root, String(number++));
    mkdirSync(path);
    return path;
  }

  test('a file that is written again, with as many bytes', async () => {
    const file = join(freshFolder(), 'a.yaml');
    writeFileSync(file, 'one');
    const before = await identityOf(file);
    expect(await identityOf(file)).toBe(before);
    writeFileSync(file, 'two');
    expect(await identityOf(file)).not.toBe(before);
    writeFileSync(file, 'one');
    expect(await identityOf(file)).toBe(before);
  });

  test('a file that is gone', async () => {
    const file = join(freshFolder(), 'a.yaml');
    writeFileSync(file, 'one');
    const before = await identityOf(file);
    rmSync(file);
    const { found, identity } = await lookAt(file);
    expect(found.ok).toBe(false);
    expect(identity).not.toBe(before);
  });

  test('two files, and one that says what both are called and say', async () => {
    const path = freshFolder();
    const [a, b] = [join(path, 'a.yaml'), join(path, 'b.yaml')];
    writeFileSync(a, 'one');
    writeFileSync(b, 'two');
    const before = await identityOf(path);
    rmSync(b);
    writeFileSync(a, `one${b}two`);
    expect(await identityOf(path)).not.toBe(before);
  });

  test('a link that leads to another folder, as Kubernetes swaps them', async () => {
    const [one, other, mount] = [freshFolder(), freshFolder(), freshFolder()];
    writeFileSync(join(one, 'a.yaml'), 'one');
    writeFileSync(join(other, 'a.yaml'), 'two');
    symlinkSync(one, join(mount, '..data'));
    symlinkSync(join('..data', 'a.yaml'), join(mount, 'a.yaml'));
    const before = await identityOf(mount);
    symlinkSync(other, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    expect(await identityOf(mount)).not.toBe(before);
  });
});
