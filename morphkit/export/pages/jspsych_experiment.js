/* Runs the experiment with jsPsych and saves its data as a CSV file. */
"use strict";

(async () => {
  const stage = window.MorphkitStage;
  const place = document.getElementById("experiment");
  await stage.preload(place);
  const who = await stage.whoIsThere(place);
  const session = new stage.Session(who);
  place.replaceChildren();

  const jsPsych = initJsPsych({
    display_element: place,
    // Safe mode on file:// is about sound and video, which are not used.
    override_safe_mode: true,
    on_finish: () => {
      const data = jsPsych.data.get().filter({ screen_type: "trial" });
      const save = () => data.localSave("csv", stage.fileName(session.participant));
      save();
      session.saved();
      stage.finish(place, { save });
    },
  });
  await jsPsych.run(session.screens.map((screen) => (
    { type: jsPsychMorphkitScreen, session, screen })));
})();
