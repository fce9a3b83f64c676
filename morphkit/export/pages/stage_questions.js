/* Questionnaires before and after the trials, and checks of attention between them.

   Every item, and every check, is a row of the data with the columns of a trial. What
   stands on a page that was not sent yet is kept with the session, as a draft.
*/
"use strict";

window.MorphkitQuestions = (() => {
  const { study, text, make, fill } = window.MorphkitPage;
  const { shownOf, answersOf } = window.MorphkitTrials;
  const { isUpright } = window.MorphkitSize;
  const { buttons } = window.MorphkitAnswers;
  const { emptyRow } = window.MorphkitTrial;

  /** Radio buttons for the answers of an item, or of one of its rows. */
  const radios = (name, legend, answers) => make("fieldset", { class: "mk-item" },
    make("legend", {}, legend),
    make("div", { class: "mk-options" }, ...answers.map(([value, words], k) => {
      const id = `mk-${name}-${k}`;
      return make("label", { for: id }, make("input", { type: "radio", id, name, value }),
        make("span", {}, words));
    })));

  /** A field with its label, and what it says when it is read. */
  const field = (name, words, input, ...more) => make("div", { class: "mk-item" },
    make("label", { for: `mk-${name}` }, words), input, ...more);

  /** Slider of an item; what nobody has moved is no answer. */
  const slider = ({ name, text: words, least, most, low, high }) => {
    const input = make("input", { type: "range", class: "mk-slider mk-untouched",
      id: `mk-${name}`, min: least, max: most, step: most - least > 20 ? 1 : "any",
      value: (least + most) / 2 });
    const touch = () => input.classList.remove("mk-untouched");
    // No key as such: who walks past with the tab key has answered nothing.
    for (const event of ["input", "pointerdown"]) input.addEventListener(event, touch);
    return field(name, words, input,
      make("div", { class: "mk-ends" }, make("span", {}, low), make("span", {}, high)));
  };

  /** How each kind of item is shown: item -> parts of the page, [name, element]. */
  const KINDS = {
    choice: (item) => [[item.name, radios(item.name, item.text, item.answers)]],
    likert: (item) => item.rows.map(([row, words]) => [`${item.name}.${row}`,
      radios(`${item.name}.${row}`, words, item.answers)]),
    number: (item) => [[item.name, field(item.name, item.text, make("input", {
      id: `mk-${item.name}`, type: "text", inputmode: "decimal", autocomplete: "off" }))]],
    text: (item) => [[item.name, field(item.name, item.text, make("textarea", {
      id: `mk-${item.name}`, rows: 3, maxlength: 2000 }))]],
    slider: (item) => [[item.name, slider(item)]],
  };

  /** What stands in a part of the page; "" for nothing. */
  const writtenIn = (part) => {
    if (part.querySelector("[type=radio]")) {
      return part.querySelector("input:checked")?.value ?? "";
    }
    const input = part.querySelector("input, textarea");
    return input.classList.contains("mk-untouched") ? "" : input.value;
  };

  /** Put back what stood in a part of the page; undefined where nothing did. */
  const writeInto = (part, value) => {
    if (!value) return;
    if (part.querySelector("[type=radio]")) {
      [...part.querySelectorAll("input")].forEach((input) => {
        input.checked = input.value === value;
      });
      return;
    }
    const input = part.querySelector("input, textarea");
    input.value = value;
    input.classList.remove("mk-untouched");
  };

  /** What was answered in a part of the page; "" for nothing. */
  const valueOf = (item, part) => {
    const value = writtenIn(part).trim();
    return item.kind === "number" ? value.replace(",", ".") : value;
  };

  /** What is wrong with an answer; "" if nothing. */
  const faultOf = (item, value) => {
    if (value === "") return item.required ? text("answer_missing") : "";
    if (item.kind !== "number") return "";
    const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : NaN;
    const { least, most } = item;
    return number >= least && number <= most ? "" : text("number_wrong", { least, most });
  };

  /** Put back what was written before a reload, and keep what is written from now on;
      return the time that the page was shown before, milliseconds. */
  const keepDraft = (form, parts, { phase, page }, session, start) => {
    const { draft } = session;
    const old = draft?.phase === phase && draft.page === page.name ? draft : null;
    parts.forEach(({ name, part }) => writeInto(part, old?.values[name]));
    const shown = old?.shown_ms ?? 0;
    const keep = () => {
      session.draft = { phase, page: page.name,
        shown_ms: shown + Math.round(performance.now() - start),
        values: Object.fromEntries(parts.map(({ name, part }) => [name, writtenIn(part)])) };
      session.keep();
    };
    for (const event of ["input", "pointerup"]) form.addEventListener(event, keep);
    return shown;
  };

  /** Show a questionnaire; return a row for every item. */
  const askQuestions = async (place, screen, session) => {
    const { page } = screen;
    const parts = page.items.flatMap((item) => {
      const shown = KINDS[item.kind](item).map(([name, part]) => {
        const wrong = make("p", { class: "mk-wrong", role: "alert" });
        part.append(wrong);
        return { item, name, part, wrong };
      });
      // The rows of a Likert item stand below its question.
      if (item.kind === "likert") shown[0].above = make("p", { class: "mk-above" }, item.text);
      return shown;
    });
    const form = make("form", { class: "mk-form" },
      ...parts.flatMap(({ above, part }) => [above, part]),
      make("p", {}, make("button", { type: "submit", class: "mk-button mk-go" },
        text("continue_button"))));
    form.noValidate = true;
    fill(place, make("main", { class: "mk-page", "data-mk": "questions" },
      make("h1", { tabindex: "-1" }, page.title || text("title")),
      page.text ? make("p", {}, page.text) : null, form));
    place.querySelector("h1").focus({ preventScroll: true });
    const start = performance.now();
    const before = keepDraft(form, parts, screen, session, start);
    await new Promise((resolve) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        parts.forEach((one) => {
          one.wrong.textContent = faultOf(one.item, valueOf(one.item, one.part));
        });
        const first = parts.find(({ wrong }) => wrong.textContent);
        if (!first) resolve();
        else first.part.querySelector("input, textarea").focus();
      });
    });
    const rt = before + Math.round(performance.now() - start);
    return parts.map(({ item, name, part }) => ({ ...emptyRow(session, screen),
      screen_type: "question", phase: screen.phase, question: `${page.name}.${name}`,
      response: valueOf(item, part), rt }));
  };

  /** Show a trial that says which answer to choose; return its row. */
  const checkAttention = async (place, screen, session) => {
    const { trial } = screen;
    const shown = shownOf(trial);
    // Not always the same side.
    const asked = shown[(screen.number + session.list) % shown.length];
    const words = answersOf(trial, isUpright());
    const answers = make("div", { class: "mk-answers" });
    const controls = buttons(answers, shown, words);
    fill(place, make("main", { class: "mk-trial mk-check", "data-mk": "check" },
      make("span"), make("h1", { class: "mk-question" },
        text("attention_check", { answer: words[shown.indexOf(asked)] })),
      make("div", { class: "mk-box" }), answers));
    const onset = await new Promise(requestAnimationFrame);
    const { response, by, time } = await controls.begin(onset, null);
    return [{ ...emptyRow(session, screen), screen_type: "check", phase: "check",
      question: "attention", choice_order: shown.join("|"), response,
      rt: Math.round((time - onset) * 10) / 10, answered_by: by, correct_label: asked,
      correct: response === asked }];
  };

  return { askQuestions, checkAttention };
})();
