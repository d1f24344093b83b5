#!/usr/bin/env bash
# What is seen: in Node 26.10.0 the string that `worker.startCpuProfile()` and `v8.startCpuProfile()`
# give when they are stopped is no JSON as soon as a regular expression with a backslash was at work:
# JSON.parse() throws.
#
# A good guess: it is what `node --cpu-prof` writes, and can be read like that. Seen: the machine code
# of a regular expression stands in it as a function whose name is the expression, and names are
# written as they are, with their backslashes and quotes. What `--cpu-prof` writes of the same program
# is JSON. Whoever reads such a string has to escape what stands between `"functionName":"` and
# `","lineNumber":` first, which also makes the expression's own text whole.
#
# Needs: npm. Fails if any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --no-audit --no-fund node@26.10.0 >> npm.log
node=$folder/node_modules/node/bin/node

cat > work.js <<'JS'
const digits = /^(\d+ )+x$/;
const text = '12 '.repeat(200);
exports.work = function work(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end) digits.test(text);
};
JS

cat > thread.js <<'JS'
const { work } = require('./work.js');
(function again() {
  work(20);
  setImmediate(again);
})();
JS

cat > seen.js <<'JS'
const assert = require('node:assert');
const fs = require('node:fs');
const v8 = require('node:v8');
const { Worker } = require('node:worker_threads');
const { work } = require('./work.js');

const EXPRESSION = 'RegExp: ^(\\d+ )+x$';

function escaped(text) {
  return text.replace(/("functionName":")(.*?)(","lineNumber":)/gs, (_, before, name, after) => {
    return before + JSON.stringify(name).slice(1, -1) + after;
  });
}

function namesIn(json) {
  return JSON.parse(json).nodes.map(({ callFrame }) => callFrame.functionName);
}

async function ofThread() {
  const worker = new Worker('./thread.js');
  await new Promise((resolve) => worker.once('online', resolve));
  const profile = await worker.startCpuProfile({ sampleInterval: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const text = await profile.stop();
  await worker.terminate();
  return text;
}

function ofMainThread() {
  const profile = v8.startCpuProfile({ sampleInterval: 1 });
  work(1_000);
  return profile.stop();
}

async function main() {
  for (const [name, text] of [['worker', await ofThread()], ['v8', ofMainThread()]]) {
    assert.throws(() => JSON.parse(text), SyntaxError);
    assert.ok(namesIn(escaped(text)).includes(EXPRESSION));
    console.log(`${name}.startCpuProfile(): no JSON before names are escaped, JSON after`);
  }
  const [file] = fs.readdirSync('.').filter((name) => name.endsWith('.cpuprofile'));
  assert.ok(namesIn(fs.readFileSync(file, 'utf8')).includes(EXPRESSION));
  console.log('--cpu-prof: JSON as it is');
}

main().catch((error) => {
  console.error('This is no longer what was seen:', error);
  process.exit(1);
});
JS

"$node" --cpu-prof --cpu-prof-interval 1000 -e "require('./work.js').work(1000)"
"$node" seen.js
echo "Seen as described with Node 26.10.0"
