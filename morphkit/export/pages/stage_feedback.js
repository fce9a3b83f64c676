/* Which answer counts as right, and telling it. */
"use strict";

window.MorphkitFeedback = (() => {
  const { study, text, make, wait } = window.MorphkitPage;
  const { shownOf } = window.MorphkitTrials;
  const { carriedTo } = window.MorphkitParticipant;

  /** Say whether an answer was right, where the phase has feedback. */
  const tell = async (main, feedback, { response, correct, goal, trial }) => {
    const taught = trial.phase === "practice" || trial.phase === "training";
    const { feedback: length } = study.timing;
    let kind = "";
    if (response === "") kind = "late";
    else if (taught && correct !== "") kind = correct ? "right" : "wrong";
    if (!kind || length === 0) return "";
    const place = shownOf(trial).indexOf(goal.correct);
    const key = { right: "feedback_correct", wrong: "feedback_incorrect", late: "too_slow" }[kind];
    feedback.classList.add("mk-told", `mk-${kind}`);
    feedback.append(
      make("span", { class: "mk-sign", "aria-hidden": "true" },
        { right: "\u2713", wrong: "\u2717", late: "\u231b" }[kind]),
      make("span", {}, text(key, { label: trial.ask.answers[place] })));
    main.dataset.state = "feedback";
    await wait(length);
    return kind;
  };

  /** Which answer counts as right: the trial's, or by the moved balance point; and where
   * that comes from. */
  const goalOf = (trial, session) => {
    const { continuum, step } = study.stimuli[trial.stimuli[0]];
    const [point, source] = carriedTo(session.participant)[continuum] ?? [null, "session"];
    if (!study.training || trial.phase !== "training" || trial.correct) {
      return { correct: trial.correct, balance: "", boundary: "",
        source: study.training ? source : "" };
    }
    const rule = window.MorphkitRule;
    const { from_label: first, to_label: second, shifts, balance: estimator } = study.training;
    const counts = baselineCounts(session.records, continuum);
    const [balance, boundary, denominator] =
      rule.moveBoundary(counts, shifts[session.list - 1], estimator, point);
    return {
      correct: rule.countsAsFirst(step, boundary, denominator) ? first : second,
      balance: rule.fourDigits(balance, denominator),
      boundary: rule.fourDigits(boundary, denominator),
      source,
    };
  };

  /** Answers of the baseline: step -> with the first label, all. */
  const baselineCounts = (records, continuum) => {
    const counts = {};
    for (const { phase, stimuli, response } of records) {
      const shown = study.stimuli[stimuli];
      if (phase !== "baseline" || shown?.continuum !== continuum) continue;
      const { from_label: first, to_label: second } = study.training;
      window.MorphkitRule.countBaseline(
        counts, shown.step, response === first, [first, second].includes(response));
    }
    return counts;
  };

  return { tell, goalOf };
})();
