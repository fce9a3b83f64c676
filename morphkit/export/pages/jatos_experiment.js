/* Runs the experiment with jsPsych inside JATOS, which keeps the data. */
"use strict";

jatos.onLoad(async () => {
  const stage = window.MorphkitStage;
  const place = document.getElementById("experiment");

  /** Call a function of JATOS that ends with what to do then and where it failed. */
  const ask = (call) => new Promise((resolve, reject) => { call(resolve, reject); });

  /** The next trial list of this batch: every number is given once. */
  const nextList = async () => {
    const { lists } = stage.study;
    const name = `morphkit-${stage.study.export_id}`;
    const own = jatos.studySessionData?.[name];
    if (own) return own;
    // Where there is no batch session, chance decides: numbers of JATOS itself are those
    // of all studies on the server, and may be all odd here.
    let number = 1 + Math.floor(Math.random() * lists.length);
    for (let tries = 0; tries < 12; tries += 1) {
      const next = (jatos.batchSession?.get(name) ?? 0) + 1;
      try {
        // It fails where somebody else was faster, and then there is a newer number.
        await ask((done, failed) => jatos.batchSession.set(name, next, done, failed));
        number = next;
        break;
      } catch {
        await new Promise((resolve) => { setTimeout(resolve, 50 + 250 * Math.random()); });
      }
    }
    const list = 1 + ((number - 1) % lists.length);
    // A page that is loaded again keeps its list.
    try {
      await ask((done, failed) => jatos.setStudySessionData(
        { ...jatos.studySessionData, [name]: list }, done, failed));
    } catch { /* then it takes another one, and says so in the data */ }
    return list;
  };

  // JATOS opens the page at an address of its own, and keeps what stood in that of the study.
  const query = jatos.urlQueryParameters ?? {};
  stage.addParameters(query);
  await stage.enter(place);
  const lists = stage.study.lists.length;
  const asked = Number(query.list);
  const known = Number.isInteger(asked) && asked >= 1 && asked <= lists;
  const who = await stage.whoIsThere(place, {
    participant: query.participant ?? query.PROLIFIC_PID ?? query.SONA_ID
      ?? `jatos-${jatos.studyResultId}`,
    list: known ? asked : await nextList(),
  });

  const session = await stage.beginSession(place, who);
  place.replaceChildren();

  const jsPsych = initJsPsych({
    display_element: place,
    override_safe_mode: true,
    on_finish: async () => {
      await stage.finish(place, session);
      const back = stage.wayBack(session.participant);
      if (back) jatos.endStudyAndRedirect(back, true);
      // With the page of JATOS that ends a study, or the address that is set there.
      else jatos.endStudy(true);
    },
  });
  await jsPsych.run(session.screens.map((screen) => (
    { type: jsPsychMorphkitScreen, session, screen })));
});
