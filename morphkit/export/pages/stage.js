/* The stage of an experiment: shows screens, keeps the time and takes the answers.

   It knows no experiment library: a jsPsych plugin and a lab.js component hand it one
   screen after the other. This is all they use of it; its parts are in stage_….js, each
   of which uses only those that are loaded before it.

   Classic scripts without fetch: they have to run from the disk (file://).
*/
"use strict";

window.MorphkitStage = (() => {
  const { study, text } = window.MorphkitPage;
  const { preload } = window.MorphkitPictures;
  const { addParameters, admit, wayBack } = window.MorphkitEntry;
  const { measure } = window.MorphkitSize;
  const { whoIsThere, listOf } = window.MorphkitParticipant;
  const { beginSession } = window.MorphkitSession;
  const { thank } = window.MorphkitSaving;
  const { sendKept, finish } = window.MorphkitSending;
  const { goalOf } = window.MorphkitFeedback;

  /** Everything before the code: pictures, answers that were left here, window, consent,
      the size of the screen. */
  const enter = async (place) => {
    await preload(place);
    await sendKept();
    await admit(place);
    await measure(place);
  };

  return { study, text, addParameters, enter, whoIsThere, beginSession, finish, thank, wayBack,
    listOf, goalOf };
})();
