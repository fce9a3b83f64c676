/* The stage as screens of lab.js: one screen is one component of its loop. */
"use strict";

window.MorphkitLab = (() => {
  const stage = window.MorphkitStage;
  const place = () => document.getElementById("experiment");
  let session = null;

  /** Put rows into the data of lab.js. */
  const commit = (component, records) => {
    const store = component.options.datastore;
    records.forEach((record) => {
      store?.set({ sender: "screen", ...record });
      store?.commit();
    });
  };

  /** Load the pictures and learn who takes part; the first component of the study. */
  const begin = async (component) => {
    await stage.enter(place());
    const who = await stage.whoIsThere(place());
    session = await stage.beginSession(place(), who);
    // What was answered before a reload stands in the data of lab.js too.
    commit(component, session.records);
    const { participant, list } = session;
    Object.assign(component.data, { screen_type: "start", participant, list });
    component.end("response");
  };

  /** Rows of the loop: one for every screen of the participant's list. */
  const rows = () => session.screens.map((_, at) => ({ screen: at + 1 }));

  /** Show the screen of a component and keep its record as the component's data. */
  const play = async (component) => {
    const screen = session.screens[component.parameters.screen - 1];
    const records = await session.play(place(), screen);
    const items = screen.type === "questions";
    // Each item of a questionnaire is a row; a component has one of its own.
    if (items) commit(component, records);
    Object.assign(component.data,
      { screen_type: screen.type, ...(items ? {} : records[0] ?? {}) });
    component.end("response");
  };

  /** The last page; a study that runs by itself, or sends its data, saves them here.

      Elsewhere the page does not learn whether the data arrived: the copy stays. */
  const finish = ({ save }) => {
    if (save || session.sender) {
      stage.finish(place(), session);
    } else {
      session.running = false;
      stage.thank(place(), session);
    }
  };

  return { begin, rows, play, finish };
})();
