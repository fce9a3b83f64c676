/* One trial: fixation, pictures, mask, answer and feedback, and the record of it. */
"use strict";

window.MorphkitTrial = (() => {
  const { study, text, make, fill } = window.MorphkitPage;
  const { shownOf, groupsOf, answersOf } = window.MorphkitTrials;
  const { placeOf, paint, scramble, fit, toWholePixels } = window.MorphkitPictures;
  const { buttons, slider } = window.MorphkitAnswers;
  const { tell, goalOf } = window.MorphkitFeedback;
  const { arrival } = window.MorphkitEntry;
  const { columns: sizeColumns } = window.MorphkitSize;

  /** A window that a key of the browser made fill the screen. */
  const FULL_WINDOW = window.matchMedia("(display-mode: fullscreen)");

  /** Whether the page fills the screen, by a script or by a key of the browser. */
  const isFull = () => Boolean(document.fullscreenElement) || FULL_WINDOW.matches;

  const nextFrame = () => new Promise(requestAnimationFrame);

  /** Wait for the frame that is nearest to a moment; return its time. */
  const frameAt = async (moment, stopped = () => false) => {
    let last = performance.now();
    for (;;) {
      const now = await nextFrame();
      const frame = Math.min(Math.max(now - last, 1), 34);
      last = now;
      if (stopped() || now >= moment - frame / 2) return now;
    }
  };

  const playTrial = async (place, screen, session) => {
    const { trial } = screen;
    const { timing } = study;
    const rating = trial.choices.length === 0;
    const shown = shownOf(trial);
    const groups = groupsOf(trial);

    const question = make("h1", { class: "mk-question", id: "mk-question" },
      trial.ask.question);
    const cross = make("div", { class: "mk-cross", "aria-hidden": "true" });
    const frame = make("div", { class: "mk-pictures" },
      ...groups.map((ids) => make("div", { class: "mk-group" }, ...ids.map(placeOf))));
    const canvases = [...frame.querySelectorAll("canvas")];
    // A name that tells where a picture stands, and nothing of what it shows.
    canvases.forEach((canvas, k) => canvas.setAttribute("aria-label",
      text("picture_label", { number: k + 1, numbers: canvases.length })));
    const box = make("div", { class: "mk-box" }, frame, cross);
    const answers = make("div", { class: "mk-answers" });
    const feedback = make("div", { class: "mk-feedback", role: "status" });
    const progress = make("progress", { class: "mk-progress", max: screen.of,
      value: screen.order - 1, "aria-hidden": "true" });
    const main = make("main", { class: `mk-trial mk-n${trial.stimuli.length}`,
      "data-mk": "trial", "data-order": screen.order, "data-state": "fixation" },
      progress, question, box, answers, feedback);

    // The dot stands in the middle of the picture that it comes after.
    const dot = make("div", { class: "mk-dot mk-off", "aria-hidden": "true" });
    if (study.probe) frame.append(dot);
    const asked = rating
      ? slider(answers, trial, question)
      : buttons(answers, shown, trial.ask.answers);
    const off = (parts, hidden) => parts.forEach((p) => p.classList.toggle("mk-off", hidden));
    off([frame, question, answers], true);
    off([cross], trial.fixation === 0);
    fill(place, main);
    if (document.activeElement && document.activeElement !== document.body) {
      document.activeElement.blur();
    }
    const masks = timing.stimulus !== null && timing.mask > 0
      ? groups.flat().map((id, k) => scramble(id, 64 * screen.order + k)) : [];
    let size = null;
    const lay = () => {
      size = fit(box, groups);
      frame.classList.toggle("mk-stacked", size.stacked);
      if (!rating) asked.name(answersOf(trial, size.stacked));
      const masked = main.dataset.state === "mask";
      canvases.forEach((canvas, k) => paint(canvas, size.scale, masked ? masks[k] : null));
      canvases.forEach(toWholePixels);
    };
    lay();
    window.addEventListener("resize", lay); // a phone may be turned

    let hidden = document.visibilityState !== "visible";
    const seeHidden = () => { hidden ||= document.visibilityState !== "visible"; };
    document.addEventListener("visibilitychange", seeHidden);
    let blurred = !document.hasFocus();
    const seeBlurred = () => { blurred = true; };
    window.addEventListener("blur", seeBlurred);
    let full = isFull();
    const seeFull = () => { full &&= isFull(); };
    FULL_WINDOW.addEventListener("change", seeFull);
    document.addEventListener("fullscreenchange", seeFull);

    let now = await nextFrame();
    if (trial.fixation > 0) now = await frameAt(now + trial.fixation);

    // Onset: everything was drawn before, so this one frame only makes it visible.
    off(study.probe ? [frame] : [frame, question, answers], false);
    off([cross], true);
    main.dataset.state = "stimulus";
    const appeared = now;
    let onset = now;
    let seen = null;
    if (study.probe) {
      now = await frameAt(onset + timing.stimulus);
      seen = now - onset;
      onset = now; // reaction times count from the dot
      const place = canvases[shown.indexOf(trial.correct)];
      dot.style.left = `${place.offsetLeft + place.offsetWidth / 2}px`;
      dot.style.top = `${place.offsetTop + place.offsetHeight / 2}px`;
      off(canvases, true);
      off([dot, question, answers], false);
      main.dataset.state = "answer";
    }
    const answer = asked.begin(onset, timing.answer);
    let answered = null;
    answer.then((found) => { answered = found; });

    if (timing.stimulus !== null && !study.probe) {
      now = await frameAt(onset + timing.stimulus, () => answered);
      seen = now - onset;
      if (!answered && masks.length) {
        canvases.forEach((canvas, k) => paint(canvas, size.scale, masks[k]));
        main.dataset.state = "mask";
        now = await frameAt(now + timing.mask, () => answered);
      }
      off([frame], true);
      main.dataset.state = "answer";
    }
    const { response, by, time } = await answer;
    const rt = time === null ? "" : round(time - onset);
    document.removeEventListener("visibilitychange", seeHidden);
    window.removeEventListener("blur", seeBlurred);
    FULL_WINDOW.removeEventListener("change", seeFull);
    document.removeEventListener("fullscreenchange", seeFull);
    window.removeEventListener("resize", lay);
    const goal = goalOf(trial, session);
    const correct = goal.correct === "" || response === "" ? "" : response === goal.correct;
    const told = await tell(main, feedback, { response, correct, goal, trial });

    return {
      ...emptyRow(session, screen),
      phase: trial.phase,
      block: trial.block,
      question: trial.ask.name,
      stimuli: trial.stimuli.join("|"),
      image_digests: trial.stimuli.map((id) => study.stimuli[id].digest).join("|"),
      choice_order: shown.join("|"),
      response,
      rt,
      answered_by: by,
      correct_label: goal.correct,
      correct,
      feedback: told,
      balance_point: goal.balance,
      balance_source: goal.source,
      boundary: goal.boundary,
      ...(Array.isArray(timing.fixation) ? { fixation_ms: trial.fixation } : {}),
      ...(study.probe ? { probe_side: trial.correct } : {}),
      images_at: new Date(performance.timeOrigin + appeared).toISOString(),
      stimulus_ms: seen === null ? "" : round(seen),
      ...sizeColumns(size),
      was_hidden: hidden,
      was_blurred: blurred,
      was_full_screen: full,
    };
  };

  /** A row with all its columns, and in them what is known without a trial. */
  const emptyRow = (session, screen) => ({
    screen_type: "trial",
    pack: study.pack,
    recipe: study.recipe,
    design: study.design,
    seed: study.seed,
    participant: session.participant,
    list: session.list,
    visit: study.training?.visit ?? "",
    arm: study.training?.arms[session.list - 1] ?? "",
    started: session.started,
    resumed: session.resumed,
    order: screen.order,
    n_trials: screen.of,
    ...Object.fromEntries([
      "phase", "block", "question", "stimuli", "image_digests", "choice_order", "response",
      "rt", "answered_by", "correct_label", "correct", "feedback", "balance_point",
      "balance_source", "boundary",
      ...(Array.isArray(study.timing.fixation) ? ["fixation_ms"] : []),
      ...(study.probe ? ["probe_side"] : []), "images_at", "stimulus_ms",
      ...Object.keys(sizeColumns(null)),
    ].map((name) => [name, ""])),
    device_pixel_ratio: window.devicePixelRatio,
    window_width: window.innerWidth,
    window_height: window.innerHeight,
    was_hidden: "",
    was_blurred: "",
    was_full_screen: "",
    ...arrival(),
  });

  const round = (ms) => Math.round(ms * 10) / 10;

  return { playTrial, emptyRow };
})();
