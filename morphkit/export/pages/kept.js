/* Copies of the answers in this browser, until they are known to be saved.

   Every session has a copy of its own, which no other session, window or reload writes
   to. A session that goes on after a reload takes a new copy before the old one goes.

   A classic script without fetch: it has to run from the disk (file://).
*/
"use strict";

window.MorphkitKept = ((exportId) => {
  const PREFIX = `morphkit/${exportId}/`;

  /** A key that no session has had: code, start and some chance. */
  const newKey = ({ participant, started }) => {
    const chance = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    return `${PREFIX}${participant}/${started}/${chance}`;
  };

  /** A name that no other session has, wherever its answers go. */
  const newId = () => [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

  /** Keep a copy; return whether it is kept. */
  const put = (key, { id, participant, list, started, resumed, complete, records, draft }) => {
    try {
      localStorage.setItem(key,
        JSON.stringify({ id, participant, list, started, resumed, complete, records, draft }));
      return true;
    } catch {
      return false; // private windows and full stores have none; the session goes on
    }
  };

  const remove = (key) => {
    try { localStorage.removeItem(key); } catch { /* nothing to remove */ }
  };

  /** Return a copy, or null where it is none. */
  const read = (key) => {
    try {
      const { id, participant, list, started, resumed, complete, records, draft } = JSON.parse(
        localStorage.getItem(key));
      return Array.isArray(records) && (records.length || draft)
        ? { key, id, participant, list, started, resumed, complete, records, draft } : null;
    } catch {
      return null;
    }
  };

  /** Return all copies, the oldest first; of one participant, if there is a code. */
  const all = (participant = null) => {
    let keys = [];
    try { keys = Object.keys(localStorage); } catch { /* no store, nothing kept */ }
    return keys.filter((key) => key.startsWith(PREFIX)).map(read)
      .filter((one) => one && (participant === null || one.participant === participant))
      .sort((a, b) => (a.started < b.started ? -1 : 1));
  };

  /** Say to other windows that a session goes on here, for as long as the window lasts. */
  const hold = (key) => {
    // Not every address has locks; then other windows cannot know, and lose nothing.
    try {
      navigator.locks?.request(key, () => new Promise(() => {})).catch(() => {});
    } catch { /* as above */ }
  };

  /** Return the keys of sessions that go on in some window. */
  const held = async () => {
    try {
      const { held: found } = await navigator.locks.query();
      return new Set(found.map(({ name }) => name));
    } catch {
      return new Set();
    }
  };

  return { newKey, newId, put, remove, all, hold, held };
})(window.MORPHKIT.export_id);
