"use strict";
/* Which trial list a participant is given: one rule in every front end.
 *
 * A number in a code, such as that of P012, counts through the lists. Any other code is
 * hashed (FNV-1a, 32 bits). All sessions of a participant, whose codes end in _s1, _s2,
 * …, have the same list. */
globalThis.MorphkitLists = (() => {
  /** The number of a participant, from 1. */
  const numberOf = (code) => {
    const plain = code.replace(/(?<=[0-9])_s[1-9]$/, "");
    const found = /^[A-Za-z_-]*?0*([1-9][0-9]{0,5})$/.exec(plain);
    if (found) return Number(found[1]);
    let digest = 2166136261;
    for (const letter of plain) {
      digest = Math.imul(digest ^ letter.codePointAt(0), 16777619) >>> 0;
    }
    return 1 + (digest % 1000000);
  };

  /** The trial list of a participant, from 1. */
  const listOf = (code, lists) => 1 + ((numberOf(code) - 1) % lists);

  return { numberOf, listOf };
})();
