/* Trials of a list, and the screens that they are shown on.

   Everything that chance decides was decided when the trial lists were made.
*/
"use strict";

window.MorphkitTrials = (() => {
  const { study, text, make, keyName } = window.MorphkitPage;
  const { isUpright } = window.MorphkitSize;
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

  /** Words of the answers from the left; of stacked triads the pairs have others. */
  const answersOf = ({ ask, stimuli }, stacked) => (stacked && stimuli.length === 3
    ? [text("upper_pair"), text("lower_pair")] : ask.answers);

  /** What to do; triads on a phone are one below the other. */
  const whatToDo = (trials) => (trials[0].stimuli.length === 3 && isUpright()
    ? text("stacked_triads") : text("instructions"));

  /** How to answer: by keys where there is a keyboard, else by buttons. */
  const howToAnswer = (trials) => {
    const { ask, choices } = trials[trials.length - 1];
    if (!choices.length) return [text("slider_hint")];
    const sides = (trial) => trial.ask.answers.join("|");
    const same = trials.every((trial) => sides(trial) === sides(trials[0]));
    const [left_key, right_key] = study.keys.map(keyName);
    if (!same) return [text("button_hint")];
    if (choices.length > 2) {
      const lines = ask.answers.map((answer, k) => `${keyName(study.keys[k])} = ${answer}`);
      return [make("p", { class: "mk-keyboard" }, lines.join("\n")),
        make("p", { class: "mk-touch" }, text("button_hint"))];
    }
    const [left, right] = answersOf(trials[0], isUpright());
    return [
      make("p", { class: "mk-keyboard" }, text("keys_hint", { left_key, left, right_key, right })),
      make("p", { class: "mk-touch" }, text("button_hint")),
    ];
  };

  /** Screens of the questionnaires of one phase. */
  const questionsOf = (phase, of) => study.questionnaires[phase].map(
    (page) => ({ type: "questions", phase, page, order: phase === "before" ? 1 : of, of }));

  /** Return the screens of a list: questions, instructions, trials, breaks, questions. */
  const screensOf = (trials) => {
    const blocks = new Set(trials.map((trial) => trial.block)).size;
    const main = trials.every((trial) => trial.phase === trials[0].phase);
    const of = trials.length;
    const checked = study.participation.attention;
    const screens = [...questionsOf("before", of), { type: "page", kind: "instructions", title: text("title"),
      words: [text("welcome"), whatToDo(trials),
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
      screens.push({ type: "trial", trial, order: place + 1, of });
      const number = checked.indexOf(place + 1);
      if (number >= 0) screens.push({ type: "check", trial, number, order: place + 1, of });
      last = trial;
    });
    return [...screens, ...questionsOf("after", of)];
  };

  /** Rows of trials among all rows. */
  const ofTrials = (records) => records.filter((row) => (row.screen_type ?? "trial") === "trial");

  /** Whether a screen was answered. */
  const isDone = (records) => ({ type, order, page, phase }) => records.some((row) => {
    if (type === "trial") return (row.screen_type ?? "trial") === type && row.order === order;
    if (type === "check") return row.screen_type === type && row.order === order;
    return row.screen_type === "question" && row.phase === phase
      && row.question.startsWith(`${page.name}.`);
  });

  /** Whether nothing is left to answer. */
  const isComplete = (screens, records) =>
    screens.filter(({ type }) => type !== "page").every(isDone(records));

  /** The screens that are left after some answers: the instructions come again. */
  const screensAfter = (screens, records) => {
    const done = isDone(records);
    const left = screens.filter((screen, k) => (screen.type === "page"
      // A page between blocks comes before its trial alone.
      ? screen.kind === "instructions" || !done(screens[k + 1]) : !done(screen)));
    return left.some(({ type }) => type === "trial") ? left
      : left.filter(({ type }) => type !== "page");
  };

  return { trialsOf, isList, shownOf, groupsOf, answersOf, screensOf, screensAfter, ofTrials,
    isComplete };
})();
