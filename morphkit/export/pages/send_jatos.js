/* Answers to the JATOS server that the page comes from: rows of a table, as they come.

   The result belongs to this run of the page: a page that is loaded again sends all
   answers of its session, and none of another one.
*/
"use strict";

window.MorphkitSending.destinations.jatos = () => ({
  send: async ({ records }, received) => {
    const table = window.MorphkitSaving.toCsv(records.slice(received), { header: received === 0 });
    const now = records.length;
    await new Promise((done, failed) => { jatos.appendResultData(table, done, failed); });
    return now;
  },
});
