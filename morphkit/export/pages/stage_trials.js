/* Trials of a list, and the screens that they are shown on.

   Everything that chance decides was decided when the trial lists were made.
*/
"use strict";

window.MorphkitTrials = (() => {
  const { study, text, make, keyName } = window.MorphkitPage;
  const ids = Object.keys(study.stimuli);

  /** Trials of a list, from the numbers in which they are kept. */
  const trialsOf = (list) => study.lists[list - 1].map(
    ([phase, block, flipped, ask, correct, stimuli, fixation = study.timing.fixation]) => {
      const { choices } = study.asks[ask];
      return { phase: study.phases[phase], block, flipped: flipped === 1,
        ask: study.asks[ask], correct: choices[correct] ?? "", choices,
        stimuli: stimuli.map((place) => ids[place]), fixation };
    });

  const isList = (n) => Number.isInteger(n) && n >= 1 && n <= study.lists.length;

  /** The choices as they stand on the screen and on the keys, from the left. */
  const shownOf = ({ choices, flipped }) => (flipped ? [...choices].reverse() : [...choices]);

  /** Groups of stimuli from the left, as they stand on the screen. */
  const groupsOf = (trial) => {
    const shown = trial.flipped ? [...trial.stimuli].reverse() : [...trial.stimuli];
    return shown.length === 4 ? [shown.slice(0, 2), shown.slice(2)] : [shown];
  };

  /** How to answer: by keys where there is a keyboard, else by buttons. */
  const howToAnswer = (trials) => {
    const { ask, choices } = trials[trials.length - 1];
    if (!choices.length) return [text("slider_hint")];
    const sides = (trial) => trial.ask.answers.join("|");
    const same = trials.every((trial) => sides(trial) === sides(trials[0]));
    const [left_key, right_key] = study.keys.map(keyName);
    const [left, right] = ask.answers;
    if (!same || choices.length !== 2) return [text("button_hint")];
    return [
      make("p", { class: "mk-keyboard" }, text("keys_hint", { left_key, left, right_key, right })),
      make("p", { class: "mk-touch" }, text("button_hint")),
    ];
  };

  /** Return the screens of a list of trials: instructions, trials, breaks. */
  const screensOf = (trials) => {
    const blocks = new Set(trials.map((trial) => trial.block)).size;
    const main = trials.every((trial) => trial.phase === trials[0].phase);
    const screens = [{ type: "page", kind: "instructions", title: text("title"),
      words: [text("welcome"), text("instructions"),
        ...(trials.some((trial) => trial.fixation > 0) ? [text("fixation_hint")] : []), ...howToAnswer(trials)],
      remark: text("key_to_start"), button: "start_button" }];
    let last = null;
    let block = 0;
    trials.forEach((trial, place) => {
      const next = !last || trial.block !== last.block;
      block += next;
      const words = [];
      if (next && last && trial.phase === last.phase) words.push(text("break"));
      if ((!last && !main) || (last && trial.phase !== last.phase)) {
        words.push(text(`phase_${trial.phase}`));
      }
      if (words.length) {
        screens.push({ type: "page", kind: "between", words, remark: text("key_to_continue"),
          title: blocks > 1 ? text("block_progress", { block, blocks }) : null });
      }
      screens.push({ type: "trial", trial, order: place + 1, of: trials.length });
      last = trial;
    });
    return screens;
  };

  /** The screens that are left after some answers: the instructions come again. */
  const screensAfter = (screens, answered) => {
    if (!answered) return screens;
    let from = screens.findIndex(({ order }) => order === answered + 1);
    if (screens[from - 1].type === "page") from -= 1;
    return [screens[0], ...screens.slice(Math.max(from, 1))];
  };

  return { trialsOf, isList, shownOf, groupsOf, screensOf, screensAfter };
})();
