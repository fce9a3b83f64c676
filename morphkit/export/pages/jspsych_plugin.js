/* The stage as a jsPsych 8 plugin: one screen is one trial of jsPsych. */
"use strict";

var jsPsychMorphkitScreen = (() => {
  const { ParameterType } = jsPsychModule;

  class MorphkitScreenPlugin {
    constructor(jsPsych) {
      this.jsPsych = jsPsych;
    }

    async trial(display_element, trial, on_load) {
      on_load();
      const records = await trial.session.play(display_element, trial.screen);
      // Pages leave a row of jsPsych's own; items of a questionnaire are columns there.
      return { screen_type: trial.screen.type, ...(trial.screen.type === "questions"
        ? Object.fromEntries(records.map(({ question, response }) => [question, response]))
        : records[0] ?? {}) };
    }
  }
  MorphkitScreenPlugin.info = {
    name: "morphkit-screen",
    version: "1.0.0",
    parameters: {
      session: { type: ParameterType.OBJECT, default: undefined },
      screen: { type: ParameterType.OBJECT, default: undefined },
    },
    data: {
      screen_type: { type: ParameterType.STRING },
      participant: { type: ParameterType.STRING },
      order: { type: ParameterType.INT },
      stimuli: { type: ParameterType.STRING },
      choice_order: { type: ParameterType.STRING },
      response: { type: ParameterType.STRING },
      rt: { type: ParameterType.FLOAT },
    },
  };
  return MorphkitScreenPlugin;
})();
