// SPDX-License-Identifier: AGPL-3.0-or-later
// words.mjs - the word lists of recovery kits (BIP-39, npm @scure/bip39) as C: as shown, and plain
// for comparing (small letters, no accents).
//
//     node tools/words.mjs OUT.h
import { writeFileSync } from 'node:fs';
import { wordlist as english } from '@scure/bip39/wordlists/english.js';
import { wordlist as spanish } from '@scure/bip39/wordlists/spanish.js';

const plain = (w) => w.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const rows = (list, of) => list.map((w) => `        "${of(w)}",`).join('\n');
const table = (name, of) => `static const char *const ${name}[2][2048] = {
    {
${rows(english, of)}
    },
    {
${rows(spanish, of)}
    },
};
`;

for (const list of [english, spanish]) {
  const all = new Set(list.map(plain));
  if (list.length !== 2048 || all.size !== 2048 || [...all].some((w) => !/^[a-z]+$/.test(w)))
    throw new Error('not a word list whose plain words differ');
}
writeFileSync(process.argv[2], `/* made by tools/words.mjs */
#pragma once
${table('words_shown', (w) => w.normalize('NFC'))}
${table('words_plain', plain)}`);
