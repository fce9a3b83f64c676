/* Answers as a file, and the pages that say what is saved and what is not. */
"use strict";

window.MorphkitSaving = (() => {
  const { study, text, make, fill, twice } = window.MorphkitPage;
  const { farewell } = window.MorphkitEntry;
  const kept = window.MorphkitKept;

  const when = (started) => new Date(started).toLocaleString(study.language,
    { dateStyle: "medium", timeStyle: "short" });

  const fileName = (participant, suffix = "") =>
    `${[study.pack, study.design, study.training?.visit, participant].filter(Boolean).join("_")}`
    + `${suffix}.csv`;

  const FORMULA = /^'*[^\S\ufeff]*[=+\-@＝＋－＠]/;
  const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-inf)$/i;
  /** A text that a spreadsheet would run begins with an apostrophe, which readers take away. */
  const harmless = (words) => FORMULA.test(words) && !NUMBER.test(words) ? `'${words}` : words;

  /** CSV of records, every cell quoted, in the order of the first record's columns. */
  const toCsv = (records, { header = true } = {}) => {
    const columns = records.length ? Object.keys(records[0]) : [];
    const cell = (value) => `"${harmless(String(value ?? "")).replace(/"/g, '""')}"`;
    return [...header ? [columns] : [],
      ...records.map((record) => columns.map((name) => record[name]))]
      .map((row) => row.map(cell).join(",") + "\r\n").join("");
  };

  const download = (words, name) => {
    const link = make("a", {
      href: URL.createObjectURL(new Blob([words], { type: "text/csv" })), download: name,
    });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const downloadCopy = ({ records, participant, complete }) =>
    download(toCsv(records), fileName(participant, complete ? "" : "_unfinished"));

  /** What is kept, each session with buttons to delete it and, once it has a row, to save it. */
  const rescued = (sessions) => sessions.map((one) => {
    const save = make("button", { type: "button", class: "mk-button mk-small" },
      text("save_button"));
    const drop = twice(text("discard_button"), text("discard_sure"), () => {
      kept.remove(one.key);
      box.remove();
    });
    const box = make("section", { class: "mk-rescue", "data-mk": "rescue" },
      make("p", {}, text(one.complete ? "unconfirmed" : "unfinished",
        { participant: one.participant, time: when(one.started) })),
      make("p", {}, ...(one.records.length ? [save, " ", drop] : [drop])));
    save.addEventListener("click", () => downloadCopy(one));
    return box;
  });

  /** Put the answers into a file, and keep the copy until somebody has seen the file. */
  const saveAsFile = async (place, session, { failed = false } = {}) => {
    const file = fileName(session.participant);
    const save = () => download(toCsv(session.records), file);
    if (!failed) save();
    const again = make("button", { type: "button", class: "mk-button", "data-choose": "save" },
      text("save_button"));
    const there = make("button", { type: "button", class: "mk-button mk-go",
      "data-choose": "confirm", hidden: failed }, text("confirm_button"));
    const check = make("p", {}, text("check_saved", { file }));
    check.hidden = failed;
    again.addEventListener("click", () => {
      save();
      there.hidden = check.hidden = false;
    });
    fill(place, make("main", { class: "mk-page", "data-mk": "end" },
      make("h1", { tabindex: "-1" }, text("title")),
      failed ? make("p", { role: "alert" }, text("error_save")) : make("p", {}, text("thanks")),
      check, make("p", { class: "mk-choose" }, there, again)));
    place.querySelector("h1").focus({ preventScroll: true });
    await new Promise((resolve) => there.addEventListener("click", resolve, { once: true }));
    session.saved();
    thank(place, session, text("saved"));
  };

  /** The last page, with what is known of the answers. */
  const thank = (place, session, known = null) => {
    fill(place, make("main", { class: "mk-page", "data-mk": "end" },
      make("h1", { tabindex: "-1" }, text("title")),
      make("p", {}, text("thanks")),
      known ? make("p", { role: "status" }, known) : null,
      ...farewell(session.participant)));
    place.querySelector("h1").focus({ preventScroll: true });
  };

  return { when, fileName, toCsv, downloadCopy, rescued, saveAsFile, thank };
})();
