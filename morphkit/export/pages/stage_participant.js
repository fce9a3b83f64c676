/* Who takes part, and which list of trials follows from the code. */
"use strict";

window.MorphkitParticipant = (() => {
  const { study, text, make, fill } = window.MorphkitPage;
  const { isList } = window.MorphkitTrials;
  const { labOnly } = window.MorphkitPictures;
  const { rescued } = window.MorphkitSaving;
  const kept = window.MorphkitKept;

  const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

  /** What spreadsheets and programs write where there is nothing. */
  const NO_CODE = /^(null|none|nan|na|undefined)$/i;
  const isCode = (code) => CODE.test(code) && !NO_CODE.test(code);

  /** Trial list, from 1, of a participant. */
  const listOf = (code) => window.MorphkitLists.listOf(code, study.lists.length);

  /** The balance points that are carried over to a participant, by continuum. */
  const carriedTo = (code) =>
    window.MorphkitRule.carriedPoints(study.points.rows, code, study.points.trained);

  /** Whether a code has the balance points without which the study refuses it. */
  const hasPoints = (code) => study.training?.balance_from !== "table"
    || Object.keys(carriedTo(code)).length > 0;

  /** Return participant and list, from the address or by asking. */
  const whoIsThere = async (place, given = {}) => {
    const query = new URLSearchParams(location.search);
    const code = given.participant ?? query.get("participant")
      ?? query.get("PROLIFIC_PID") ?? query.get("SONA_ID");
    const list = Number(given.list ?? query.get("list"));
    if (!code || !isCode(code) || !hasPoints(code)) return askWho(place, code ?? "");
    return { participant: code, list: isList(list) ? list : listOf(code) };
  };

  /** What is wrong with a code; "" if nothing is. */
  const wrongWith = (code) => {
    if (!isCode(code)) return text("participant_error");
    return hasPoints(code) ? "" : text("balance_error");
  };

  /** Ask for the code, and show the list that follows from it; it may be changed. */
  const askWho = (place, given = "") =>
    new Promise((resolve) => {
      const lists = study.lists.length;
      const code = make("input", { id: "mk-code", type: "text", maxlength: 64,
        autocomplete: "off", autocapitalize: "off", spellcheck: "false",
        "aria-describedby": "mk-code-wrong" });
      const list = make("input", { id: "mk-list", type: "number", min: 1, max: lists, step: 1,
        inputmode: "numeric", "aria-describedby": "mk-list-wrong" });
      const wrong = (id) => make("p", { id, class: "mk-wrong", role: "alert" });
      const [codeWrong, listWrong] = [wrong("mk-code-wrong"), wrong("mk-list-wrong")];
      let typed = false;
      list.addEventListener("input", () => { typed = list.value !== ""; });
      code.addEventListener("input", () => {
        const known = isCode(code.value.trim());
        if (!typed) list.value = known ? listOf(code.value.trim()) : "";
      });
      const form = make("form", { class: "mk-form" },
        make("label", { for: "mk-code" }, text("participant_prompt")), code, codeWrong,
        ...(lists > 1
          ? [make("label", { for: "mk-list" }, text("list_prompt")), list, listWrong] : []),
        make("p", {}, make("button", { type: "submit", class: "mk-button mk-go" },
          text("continue_button"))));
      form.noValidate = true;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const participant = code.value.trim();
        const number = lists > 1 ? Number(list.value) : 1;
        codeWrong.textContent = wrongWith(participant);
        const taken = codeWrong.textContent === "";
        listWrong.textContent = isList(number) || !taken ? "" : text("list_error", { lists });
        if (taken && isList(number)) resolve({ participant, list: number });
        else (taken ? list : code).focus();
      });
      fill(place, make("main", { class: "mk-page", "data-mk": "participant" },
        make("h1", {}, text("title")), form, ...rescued(kept.all()), labOnly()));
      if (given) {
        code.value = given;
        codeWrong.textContent = wrongWith(given);
      }
      code.focus();
    });

  return { listOf, whoIsThere, carriedTo };
})();
