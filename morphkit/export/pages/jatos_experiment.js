/* Runs the experiment with jsPsych inside JATOS, which keeps the data. */
"use strict";

jatos.onLoad(async () => {
  const stage = window.MorphkitStage;
  const place = document.getElementById("experiment");
  await stage.preload(place);
  const query = jatos.urlQueryParameters ?? {};
  const who = await stage.whoIsThere(place, {
    participant: query.participant ?? query.PROLIFIC_PID ?? `jatos-${jatos.studyResultId}`,
    // Runs are numbered by JATOS, so that the lists fill up evenly.
    list: query.list ?? 1 + ((Number(jatos.studyResultId) - 1) % stage.study.lists.length),
  });
  const session = new stage.Session(who, { rescue: false });
  const send = async () => jatos.submitResultData(stage.toCsv(session.records));
  place.replaceChildren();

  const jsPsych = initJsPsych({
    display_element: place,
    override_safe_mode: true,
    // At every break what there is goes to the server: a closed window loses a block.
    on_trial_start: ({ screen }) => {
      if (screen.type === "page" && session.records.length) send().catch(() => {});
    },
    on_finish: async () => {
      try {
        await send();
      } catch {
        // The answers stay on the page, and can be saved to a file instead.
        const save = () => stage.download(stage.toCsv(session.records),
          stage.fileName(session.participant));
        stage.finish(place, { save, failed: true });
        return;
      }
      session.saved();
      stage.finish(place);
      await jatos.endStudyWithoutRedirect(true);
    },
  });
  await jsPsych.run(session.screens.map((screen) => (
    { type: jsPsychMorphkitScreen, session, screen })));
});
