/* Answers to an address of the laboratory: one request for every row.

   Sent is {"session": …, "row": from 1, "answer": {…}}. The receipt is {"received": n} with
   a status of 2xx: rows 1 to n of this session are kept for good. Status 409 says that
   another row of this session has this number. Anything else is no receipt.
*/
"use strict";

window.MorphkitSending.destinations.post = ({ url }) => ({
  resends: true,
  send: async ({ id, records }, received) => {
    const { status, data } = await window.MorphkitSending.request(url,
      { session: id, row: received + 1, answer: records[received] });
    if (status === 409) throw Object.assign(new Error("taken"), { taken: true });
    if (status < 200 || status > 299) throw new Error(`status ${status}`);
    const now = data?.received;
    return Number.isInteger(now) ? Math.min(now, received + 1) : null;
  },
});
