#!/bin/sh
# node: files and hashes by the threads of its pool, workers, a child.
# options: objects=1
# needs: node
# expect: 40 files, 4 hashes, 2 workers, a child
cat >script.js <<'END'
const { Worker, isMainThread, parentPort } = require('worker_threads');
const { promisify } = require('util');
const crypto = require('crypto'), fs = require('fs').promises, child = require('child_process');
async function main() {
    const numbers = [...Array(40).keys()];
    await Promise.all(numbers.map(n => fs.writeFile(`file${n}`, `${n}`)));
    const files = await Promise.all(numbers.map(n => fs.readFile(`file${n}`, 'utf8')));
    const hashes = await Promise.all([1, 2, 3, 4].map(n => promisify(crypto.pbkdf2)('word', `${n}`, 2000, 32, 'sha256')));
    const workers = await Promise.all([1, 2].map(() => new Promise(resolve => new Worker(__filename).on('message', resolve))));
    const said = child.execFileSync('echo', ['a child'], { encoding: 'utf8' }).trim();
    console.log(`${files.length} files, ${hashes.length} hashes, ${workers.length} workers, ${said}`);
}
if (isMainThread)
    main();
else
    parentPort.postMessage('here');
END
node script.js
echo "node ended with $?"
rm -f file*
