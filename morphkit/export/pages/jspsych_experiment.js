/* Runs the experiment with jsPsych and saves its data: as a CSV file, or
   where the study sends them. */
"use strict";

(async () => {
  const stage = window.MorphkitStage;
  const place = document.getElementById("experiment");
  await stage.enter(place);
  const session = await stage.beginSession(place, await stage.whoIsThere(place));
  place.replaceChildren();

  const jsPsych = initJsPsych({
    display_element: place,
    // Safe mode on file:// is about sound and video, which are not used.
    override_safe_mode: true,
    on_finish: () => { stage.finish(place, session); },
  });
  await jsPsych.run(session.screens.map((screen) => (
    { type: jsPsychMorphkitScreen, session, screen })));
})();
