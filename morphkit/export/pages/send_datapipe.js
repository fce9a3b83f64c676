/* Answers to DataPipe, which puts them into the project of the laboratory (OSF): one file
   for each session, when it is complete. https://pipe.jspsych.org/docs/api

   A name is used once there, and it says here what the file holds: that it is there
   already is the receipt for an attempt whose own receipt was lost.
*/
"use strict";

window.MorphkitSending.destinations.datapipe = ({ url, experiment }) => {
  const STORED = [201, 202]; // in the project, or safe until the project can be reached
  const THERE = ["FILE_EXISTS", "OSF_FILE_EXISTS"];

  /** A short digest of a text (FNV-1a, 32 bits). */
  const digest = (words) => {
    let sum = 2166136261;
    for (const letter of words) sum = Math.imul(sum ^ letter.codePointAt(0), 16777619) >>> 0;
    return sum.toString(16).padStart(8, "0");
  };

  return {
    whole: true,
    resends: true,
    send: async ({ id, participant, records }) => {
      const { toCsv, fileName } = window.MorphkitSaving;
      const table = toCsv(records);
      const { status, data } = await window.MorphkitSending.request(url, {
        experimentID: experiment, data: table,
        filename: fileName(participant, `_${id}_${digest(table)}`),
      });
      if (!STORED.includes(status) && !THERE.includes(data?.error)) {
        throw new Error(`status ${status} ${data?.error ?? ""}`);
      }
      return records.length;
    },
  };
};
