/* The stage of an experiment: shows screens, keeps the time and takes the answers.

   It knows no experiment library: a jsPsych plugin and a lab.js component hand it one
   screen after the other. Everything that chance decides was decided when the trial
   lists were made; answers are recorded as labels, never as keys or sides.

   A classic script without fetch: it has to run from the disk (file://).
*/
"use strict";

window.MorphkitStage = (() => {
  const study = window.MORPHKIT;
  const kept = window.MorphkitKept;
  const ids = Object.keys(study.stimuli);
  const text = (key, values = {}) =>
    (study.texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  /** Trials of a list, from the numbers in which they are kept. */
  const trialsOf = (list) => study.lists[list - 1].map(
    ([phase, block, flipped, ask, correct, stimuli]) => {
      const { choices } = study.asks[ask];
      return { phase: study.phases[phase], block, flipped: flipped === 1,
        ask: study.asks[ask], correct: choices[correct] ?? "", choices,
        stimuli: stimuli.map((place) => ids[place]) };
    });

  /** Make an element with attributes and children. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  };

  /** Let time pass. */
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  /* ---- pictures ------------------------------------------------------------ */

  /** Loaded pictures by stimulus; kept, so that nothing is fetched during a trial. */
  const pictures = new Map();

  const loadOne = async (id) => {
    const { src, width, height } = study.stimuli[id];
    const image = new Image();
    image.src = src;
    await image.decode();
    if (image.naturalWidth !== width || image.naturalHeight !== height) {
      throw new Error(`${image.naturalWidth} x ${image.naturalHeight}`);
    }
    pictures.set(id, image);
  };

  /** Load all pictures, some at a time; return the names of those that failed. */
  const loadAll = async (report) => {
    const waiting = Object.keys(study.stimuli).filter((id) => !pictures.has(id));
    const failed = [];
    const under = new Set();
    let done = 0;
    const total = waiting.length;
    report(0, Math.max(total, 1), under);
    const work = async () => {
      while (waiting.length) {
        const id = waiting.shift();
        under.add(study.stimuli[id].src);
        try {
          // A lost connection is worth a second try, a missing file is told anyway.
          await loadOne(id).catch(() => wait(300).then(() => loadOne(id)));
        } catch {
          failed.push(study.stimuli[id].src);
        }
        done += 1;
        under.delete(study.stimuli[id].src);
        report(done, total, under);
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    return failed.sort();
  };

  /** The line that an export for the laboratory alone shows before it begins. */
  const labOnly = () =>
    (study.lab_only ? make("p", { class: "mk-remark", "data-mk": "lab-only" }, study.lab_only)
      : null);

  /** Whether the page comes from this computer: its disk, or a server that runs on it. */
  const isHere = () => location.protocol === "file:"
    || ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

  /** Time after which a picture that does not come is named, milliseconds. */
  const SLOW_PICTURE = 8000;

  /** Load every picture before anything begins; stop with the names of missing ones. */
  const preload = async (place) => {
    if (study.lab_only && !isHere()) {
      fill(place, make("main", { class: "mk-page", role: "alert", "data-mk": "not-here" },
        make("h1", {}, text("title")), labOnly()));
      await new Promise(() => {});
    }
    for (;;) {
      const bar = make("progress", { max: 1, value: 0, "aria-label": text("loading") });
      const slow = make("p", { class: "mk-remark", role: "status" });
      fill(place, make("main", { class: "mk-page" },
        make("p", {}, text("loading")), bar, slow, labOnly()));
      let last = performance.now();
      let under = [];
      // A picture that does not come is named, and goes on loading.
      const watch = setInterval(() => {
        slow.textContent = performance.now() - last > SLOW_PICTURE
          ? text("waiting_for", { file: shorten([...under].sort()).join(", ") }) : "";
      }, 1000);
      const failed = await loadAll((done, total, names) => {
        bar.value = done / total;
        [last, under] = [performance.now(), names];
      });
      clearInterval(watch);
      if (!failed.length) return;
      const again = make("button", { type: "button", class: "mk-button" }, text("retry_button"));
      fill(place, make("main", { class: "mk-page", role: "alert", "data-mk": "missing" },
        make("h1", {}, text("title")),
        make("p", {}, text("error_picture", { file: shorten(failed).join(", ") })),
        make("p", {}, again)));
      await new Promise((resolve) => again.addEventListener("click", resolve, { once: true }));
    }
  };

  const shorten = (names) => (names.length > 12 ? [...names.slice(0, 12), "…"] : names);

  const fill = (place, ...children) => {
    place.replaceChildren(...children);
    window.scrollTo(0, 0);
  };

  /* ---- pages of text ------------------------------------------------------- */

  const keyName = (key) => (key === "space" ? text("space_key") : key.toUpperCase());

  /** Show a page until its button is pressed, or the space bar. */
  const showPage = (place, { title, words, remark = "", button = "continue_button", kind }) =>
    new Promise((resolve) => {
      const go = make("button", { type: "button", class: "mk-button mk-go" },
        text(button));
      const page = make("main", { class: "mk-page", "data-mk": kind },
        title ? make("h1", { tabindex: "-1" }, title) : null,
        ...words.map((part) => (part instanceof Node ? part : make("p", {}, part))),
        make("p", {}, go),
        remark ? make("p", { class: "mk-remark mk-keyboard" }, remark) : null);
      const leave = () => {
        document.removeEventListener("keydown", press);
        resolve();
      };
      const press = (event) => {
        if (event.key !== " " || event.repeat || event.target.closest("button, input")) return;
        event.preventDefault();
        leave();
      };
      go.addEventListener("click", leave, { once: true });
      document.addEventListener("keydown", press);
      fill(place, page);
      page.querySelector("h1")?.focus({ preventScroll: true });
    });

  /* ---- participants -------------------------------------------------------- */

  const CODE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
  /** What spreadsheets and programs write where there is nothing. */
  const NO_CODE = /^(null|none|nan|na|undefined)$/i;
  const isCode = (code) => CODE.test(code) && !NO_CODE.test(code);

  /** The number in a code such as P012; for other codes a number drawn from the code. */
  const numberOf = (code) => {
    const found = /^[A-Za-z_-]*?0*([1-9]\d{0,5})$/.exec(code);
    if (found) return Number(found[1]);
    let hash = 2166136261;                       // FNV-1a, 32 bits
    for (const letter of code) {
      hash ^= letter.codePointAt(0);
      hash = Math.imul(hash, 16777619) >>> 0;
    }
    return 1 + (hash % 1000000);
  };

  /** Trial list, from 1, of a participant. */
  const listOf = (code) => 1 + ((numberOf(code) - 1) % study.lists.length);

  /** Return participant and list, from the address or by asking. */
  const whoIsThere = async (place, given = {}) => {
    const query = new URLSearchParams(location.search);
    const code = given.participant ?? query.get("participant") ?? query.get("PROLIFIC_PID");
    const list = Number(given.list ?? query.get("list"));
    if (!code || !isCode(code)) return askWho(place, code ?? "");
    return { participant: code, list: isList(list) ? list : listOf(code) };
  };

  const isList = (n) => Number.isInteger(n) && n >= 1 && n <= study.lists.length;

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
        const known = isCode(participant);
        const number = lists > 1 ? Number(list.value) : 1;
        codeWrong.textContent = known ? "" : text("participant_error");
        listWrong.textContent = isList(number) || !known ? "" : text("list_error", { lists });
        if (known && isList(number)) resolve({ participant, list: number });
        else (known ? list : code).focus();
      });
      fill(place, make("main", { class: "mk-page", "data-mk": "participant" },
        make("h1", {}, text("title")), form, ...rescued(kept.all()), labOnly()));
      if (given) {
        code.value = given;
        codeWrong.textContent = text("participant_error");
      }
      code.focus();
    });

  /* ---- sessions that are kept in this browser ---------------------------------- */

  const when = (started) => new Date(started).toLocaleString(study.language,
    { dateStyle: "medium", timeStyle: "short" });

  /** A button that has to be pressed twice. */
  const twice = (first, second, action) => {
    const button = make("button", { type: "button", class: "mk-button mk-small" }, first);
    button.addEventListener("click", () => {
      if (button.textContent === first) button.textContent = second;
      else action();
    });
    return button;
  };

  const downloadCopy = ({ records, participant, complete }) =>
    download(toCsv(records), fileName(participant, complete ? "" : "_unfinished"));

  /** What is kept, each session with buttons to save and to delete it. */
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
      make("p", {}, save, " ", drop));
    save.addEventListener("click", () => downloadCopy(one));
    return box;
  });

  /** Whether a kept session can go on: its answers are those to the first trials. */
  const canGoOn = ({ list, complete, records }) => {
    const trials = isList(list) ? trialsOf(list) : [];
    return !complete && records.length < trials.length && records.every((record, k) =>
      record.order === k + 1 && record.stimuli === trials[k].stimuli.join("|"));
  };

  /** Ask what to do; return the name of the button that was pressed. */
  const choose = (place, kind, words, names, more = []) => new Promise((resolve) => {
    const buttons = names.map((name, k) => {
      const button = make("button", { type: "button", "data-choose": name,
        class: k ? "mk-button" : "mk-button mk-go" }, text(name));
      button.addEventListener("click", () => resolve(name));
      return button;
    });
    fill(place, make("main", { class: "mk-page", "data-mk": kind },
      make("h1", { tabindex: "-1" }, text("title")), make("p", {}, words),
      make("p", { class: "mk-choose" }, ...buttons), ...more));
    place.querySelector("h1").focus({ preventScroll: true });
  });

  /** Return the session of a participant: one that was broken off, or a new one. */
  const beginSession = async (place, who, options) => {
    for (;;) {
      const sessions = kept.all(who.participant);
      const last = sessions.pop();
      if (!last) return new Session(who, options);
      const others = rescued(sessions);
      const { participant, records } = last;
      let chosen = "";
      if ((await kept.held()).has(last.key)) {
        chosen = await choose(place, "elsewhere", text("open_elsewhere", { participant }),
          ["retry_button", "begin_button"], others);
      } else if (canGoOn(last)) {
        const values = { participant, done: records.length, of: trialsOf(last.list).length,
          time: when(last.started) };
        chosen = await choose(place, "resume", text("resume", values),
          ["resume_button", "begin_button"], others);
      } else {
        chosen = await choose(place, "kept", text(last.complete ? "unconfirmed" : "unfinished",
          { participant, time: when(last.started) }), ["save_button", "begin_button"], others);
      }
      if (chosen === "resume_button") return new Session(last, options, last);
      if (chosen === "begin_button") return new Session(who, options);
      if (chosen === "save_button") {
        downloadCopy(last);
        const found = await choose(place, "check", text("check_saved",
          { file: fileName(participant, last.complete ? "" : "_unfinished") }),
        ["confirm_button", "back_button"]);
        if (found === "confirm_button") kept.remove(last.key);
      }
    }
  };

  const fileName = (participant, suffix = "") =>
    `${study.pack}_${study.design}_${participant}${suffix}.csv`;

  /** CSV of records, every cell quoted, in the order of the first record's columns. */
  const toCsv = (records, { header = true } = {}) => {
    const columns = records.length ? Object.keys(records[0]) : [];
    const cell = (value) => `"${String(value ?? "").replace(/"/g, '""')}"`;
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

  /* ---- a session ----------------------------------------------------------- */

  /** What one participant does: the screens in their order, and what was answered. */
  class Session {
    /** `before` is the kept session that goes on. */
    constructor({ participant, list }, { onRecord = () => {} } = {}, before = null) {
      this.participant = participant;
      this.list = list;
      this.started = before?.started ?? new Date().toISOString().replace(/\.\d+/, "");
      this.resumed = before ? (before.resumed ?? 0) + 1 : 0;
      this.records = [...before?.records ?? []];
      this.screens = screensAfter(screensOf(trialsOf(list)), this.records.length);
      this.onRecord = onRecord;
      this.complete = false;
      this.running = true;
      this.key = kept.newKey(this);
      kept.hold(this.key);
      // The old copy goes when the new one stands; in another window it may come again.
      if (before && this.keep()) kept.remove(before.key);
      window.addEventListener("beforeunload", (event) => {
        if (this.running) event.preventDefault();
      });
    }

    /** Show one screen; return its record, or null where it has none. */
    async play(place, screen) {
      if (screen.type === "page") {
        await showPage(place, screen);
        return null;
      }
      const record = await playTrial(place, screen, this);
      this.records.push(record);
      this.complete = screen.order === screen.of;
      this.keep();
      this.onRecord(record);
      return record;
    }

    /** Keep a copy in this browser; return whether it is kept. */
    keep() {
      const { participant, list, started, resumed, complete, records } = this;
      return kept.put(this.key, { participant, list, started, resumed, complete, records });
    }

    /** A server or a person has said that the answers are safe: the copy may go. */
    saved() {
      this.running = false;
      kept.remove(this.key);
    }
  }

  /** The screens that are left after some answers: the instructions come again. */
  const screensAfter = (screens, answered) => {
    if (!answered) return screens;
    let from = screens.findIndex(({ order }) => order === answered + 1);
    if (screens[from - 1].type === "page") from -= 1;
    return [screens[0], ...screens.slice(Math.max(from, 1))];
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
        ...(study.timing.fixation > 0 ? [text("fixation_hint")] : []), ...howToAnswer(trials)],
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

  /* ---- time ---------------------------------------------------------------- */

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

  /* ---- pictures on the screen ----------------------------------------------- */

  /** The choices as they stand on the screen and on the keys, from the left. */
  const shownOf = ({ choices, flipped }) => (flipped ? [...choices].reverse() : [...choices]);

  /** Groups of stimuli from the left, as they stand on the screen. */
  const groupsOf = (trial) => {
    const shown = trial.flipped ? [...trial.stimuli].reverse() : [...trial.stimuli];
    return shown.length === 4 ? [shown.slice(0, 2), shown.slice(2)] : [shown];
  };

  const draw = (id) => {
    const { width, height } = study.stimuli[id];
    const canvas = make("canvas", { class: "mk-picture", width, height, "data-stimulus": id,
      role: "img" });
    canvas.getContext("2d", { alpha: true }).drawImage(pictures.get(id), 0, 0);
    return canvas;
  };

  /** Small numbers from a seed, so that a mask is the same whenever it is drawn. */
  const numbers = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  /** Turn a drawn picture into its mask: its own tiles in another order. */
  const scramble = (canvas, seed) => {
    const image = pictures.get(canvas.dataset.stimulus);
    const { width, height } = canvas;
    const n = 16;
    const draw = numbers(seed);
    const order = Array.from({ length: n * n }, (_, k) => k);
    for (let k = order.length - 1; k > 0; k -= 1) {
      const other = Math.floor(draw() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    const edge = (k, size) => Math.round((k * size) / n);
    const mask = make("canvas", { width, height });
    const context = mask.getContext("2d");
    order.forEach((from, to) => {
      const [a, b, c, d] = [from % n, Math.floor(from / n), to % n, Math.floor(to / n)];
      context.drawImage(image,
        edge(a, width), edge(b, height), edge(a + 1, width) - edge(a, width),
        edge(b + 1, height) - edge(b, height),
        edge(c, width), edge(d, height), edge(c + 1, width) - edge(c, width),
        edge(d + 1, height) - edge(d, height));
    });
    return mask;
  };

  /** Choose one scale for all pictures of a trial: 1 wherever they fit. */
  const fit = (box, groups) => {
    const gap = 16;
    const size = (id) => study.stimuli[id];
    const measure = (stacked) => {
      const widths = groups.map((ids) => (stacked
        ? Math.max(...ids.map((id) => size(id).width))
        : ids.reduce((sum, id) => sum + size(id).width, 0)));
      const heights = groups.map((ids) => (stacked
        ? ids.reduce((sum, id) => sum + size(id).height, 0)
        : Math.max(...ids.map((id) => size(id).height))));
      const inside = groups.length > 1 ? 40 : 0;
      const gapsAcross = inside + gap * (groups.length * (stacked ? 1 : groups[0].length) - 1);
      const gapsDown = stacked ? gap * (groups[0].length - 1) : 0;
      return Math.min(1,
        (box.clientWidth - gapsAcross) / widths.reduce((sum, w) => sum + w, 0),
        (box.clientHeight - gapsDown) / Math.max(...heights));
    };
    if (groups.length === 1) return { scale: Math.max(measure(false), 0.05), stacked: false };
    const [across, down] = [measure(false), measure(true)];
    return { scale: Math.max(across, down, 0.05), stacked: down > across };
  };

  /** Move a picture onto the grid of the screen: between pixels it would be blurred. */
  const toWholePixels = (canvas) => {
    const ratio = window.devicePixelRatio;
    canvas.style.left = canvas.style.top = "0";
    const { x, y } = canvas.getBoundingClientRect();
    const rest = (at) => Math.round(at * ratio) / ratio - at;
    // Not by a transform: that would resample the picture.
    canvas.style.left = `${rest(x)}px`;
    canvas.style.top = `${rest(y)}px`;
  };

  /* ---- a trial ------------------------------------------------------------- */

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
      ...groups.map((ids) => make("div", { class: "mk-group" }, ...ids.map(draw))));
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

    const asked = rating
      ? slider(answers, trial, question)
      : buttons(answers, shown, trial.ask.answers);
    const off = (parts, hidden) => parts.forEach((p) => p.classList.toggle("mk-off", hidden));
    off([frame, question, answers], true);
    off([cross], timing.fixation === 0);
    fill(place, main);
    if (document.activeElement && document.activeElement !== document.body) {
      document.activeElement.blur();
    }
    let scale = 1;
    const lay = () => {
      const found = fit(box, groups);
      scale = found.scale;
      frame.classList.toggle("mk-stacked", found.stacked);
      canvases.forEach((canvas) => {
        canvas.style.width = `${canvas.width * scale}px`;
        canvas.style.height = `${canvas.height * scale}px`;
      });
      canvases.forEach(toWholePixels);
    };
    lay();
    window.addEventListener("resize", lay); // a phone may be turned
    const masks = timing.stimulus !== null && timing.mask > 0
      ? canvases.map((canvas, k) => scramble(canvas, 64 * screen.order + k)) : [];

    let hidden = document.visibilityState !== "visible";
    const seeHidden = () => { hidden ||= document.visibilityState !== "visible"; };
    document.addEventListener("visibilitychange", seeHidden);
    let blurred = !document.hasFocus();
    const seeBlurred = () => { blurred = true; };
    window.addEventListener("blur", seeBlurred);

    let now = await nextFrame();
    if (timing.fixation > 0) now = await frameAt(now + timing.fixation);

    // Onset: everything was drawn before, so this one frame only makes it visible.
    off([frame, question, answers], false);
    off([cross], true);
    main.dataset.state = "stimulus";
    const onset = now;
    let seen = null;
    const answer = asked.begin(onset, timing.answer);
    let answered = null;
    answer.then((found) => { answered = found; });

    if (timing.stimulus !== null) {
      now = await frameAt(onset + timing.stimulus, () => answered);
      seen = now - onset;
      if (!answered && masks.length) {
        canvases.forEach((canvas, k) => {
          const context = canvas.getContext("2d");
          context.clearRect(0, 0, canvas.width, canvas.height);
          context.drawImage(masks[k], 0, 0);
        });
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
    window.removeEventListener("resize", lay);
    const goal = goalOf(trial, session);
    const correct = goal.correct === "" || response === "" ? "" : response === goal.correct;
    const told = await tell(main, feedback, { response, correct, goal, trial });

    return {
      pack: study.pack,
      recipe: study.recipe,
      design: study.design,
      seed: study.seed,
      participant: session.participant,
      list: session.list,
      started: session.started,
      resumed: session.resumed,
      order: screen.order,
      phase: trial.phase,
      block: trial.block,
      question: trial.ask.name,
      stimuli: trial.stimuli.join("|"),
      choice_order: shown.join("|"),
      response,
      rt,
      answered_by: by,
      correct_label: goal.correct,
      correct,
      feedback: told,
      balance_point: goal.balance,
      boundary: goal.boundary,
      stimulus_ms: seen === null ? "" : round(seen),
      picture_scale: Math.round(scale * 1e4) / 1e4,
      device_pixel_ratio: window.devicePixelRatio,
      window_width: window.innerWidth,
      window_height: window.innerHeight,
      was_hidden: hidden,
      was_blurred: blurred,
    };
  };

  const round = (ms) => Math.round(ms * 10) / 10;

  /** Longest time between the halves of a double click, milliseconds. */
  const DOUBLE_CLICK = 300;

  /** Answer buttons, each with its key; the first answer counts. */
  const buttons = (answers, shown, words) => {
    const named = shown.map((choice, k) => {
      const key = study.keys[k];
      return make("button", { type: "button", class: "mk-button mk-choice",
        "data-choice": choice, "aria-keyshortcuts": key === "space" ? "Space" : key },
        make("span", {}, words[k]),
        key ? make("kbd", { class: "mk-key" }, keyName(key)) : null);
    });
    answers.append(...named);
    const begin = (onset, limit) => new Promise((resolve) => {
      let late = null;
      const end = (found) => {
        clearTimeout(late);
        document.removeEventListener("keydown", press);
        named.forEach((button) => { button.disabled = true; });
        const chosen = named.find((button) => button.dataset.choice === found.response);
        chosen?.classList.add("mk-chosen");
        resolve(found);
      };
      const press = (event) => {
        if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
        const key = event.key === " " ? "space" : event.key.toLowerCase();
        // Where the keys have other letters (Greek, Cyrillic), their place counts.
        const placed = /^(Key|Digit)(.)$/.exec(event.code)?.[2].toLowerCase();
        let k = study.keys.indexOf(key);
        if (k < 0 && !/^[a-z0-9]$/.test(key)) k = study.keys.indexOf(placed);
        if (k < 0 || k >= shown.length) return;
        event.preventDefault();
        end({ response: shown[k], by: `key ${study.keys[k]}`, time: event.timeStamp });
      };
      document.addEventListener("keydown", press);
      // A press that began before the pictures, or the second half of a double click on
      // the trial before, is no answer to this one.
      let pressed = -Infinity;
      named.forEach((button) => button.addEventListener("pointerdown", (event) => {
        pressed = event.timeStamp;
      }));
      named.forEach((button) => button.addEventListener("click", (event) => {
        const keyed = event.detail === 0;
        const double = event.detail > 1 && event.timeStamp - onset < DOUBLE_CLICK;
        if (!keyed && (pressed < onset || double)) return;
        const by = event.detail === 0 ? "button by keyboard"
          : event.pointerType === "touch" ? "touch" : "button";
        end({ response: button.dataset.choice, by, time: event.timeStamp });
      }));
      if (limit !== null) {
        late = setTimeout(() => end({ response: "", by: "", time: null }),
          Math.max(0, onset + limit - performance.now()));
      }
    });
    return { begin };
  };

  /** A rating scale without a mark until it is touched: no answer comes by itself. */
  const slider = (answers, trial, question) => {
    const [least, most, step] = study.scales[trial.ask.name];
    const [low, high] = trial.ask.ends;
    const input = make("input", { class: "mk-slider mk-untouched", type: "range", min: least,
      max: most, step, value: (least + most) / 2, "aria-labelledby": question.id,
      disabled: true });
    const next = make("button", { type: "button", class: "mk-button mk-go", disabled: true },
      text("continue_button"));
    answers.classList.add("mk-rating");
    answers.append(
      make("div", { class: "mk-scale" },
        make("span", {}, low), input,
        make("span", {}, high)),
      next);
    const begin = (onset, limit) => new Promise((resolve) => {
      let late = null;
      let by = "slider";
      input.disabled = false;
      input.focus({ preventScroll: true });
      const touched = () => {
        input.classList.remove("mk-untouched");
        next.disabled = false;
      };
      const end = (found) => {
        clearTimeout(late);
        input.disabled = true;
        next.disabled = true;
        resolve(found);
      };
      input.addEventListener("input", touched);
      input.addEventListener("pointerdown", (event) => {
        by = event.pointerType === "touch" ? "touch" : "slider";
        touched();
      });
      input.addEventListener("keydown", (event) => {
        if (event.key === " ") {
          event.preventDefault();
          touched();
        } else if (event.key === "Enter" && !event.repeat && !next.disabled) {
          event.preventDefault();
          next.click();
        } else if (/^(Arrow|Home|End|Page)/.test(event.key)) {
          by = "slider by keyboard";
          touched();
        }
      });
      next.addEventListener("click", (event) => {
        end({ response: String(Number(input.value)), by, time: event.timeStamp });
      }, { once: true });
      if (limit !== null) {
        late = setTimeout(() => end({ response: "", by: "", time: null }),
          Math.max(0, onset + limit - performance.now()));
      }
    });
    return { begin };
  };

  /* ---- feedback ------------------------------------------------------------ */

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

  /** Which answer counts as right: the trial's, or by the moved balance point. */
  const goalOf = (trial, session) => {
    if (!study.training || trial.phase !== "training") {
      return { correct: trial.correct, balance: "", boundary: "" };
    }
    const rule = window.MorphkitRule;
    const { continuum, step } = study.stimuli[trial.stimuli[0]];
    const { from_label: first, to_label: second, shift_steps: shift } = study.training;
    const [balance, boundary, denominator] =
      rule.moveBoundary(baselineCounts(session.records, continuum), Math.round(1000 * shift));
    return {
      correct: rule.countsAsFirst(step, boundary, denominator) ? first : second,
      balance: rule.fourDigits(balance, denominator),
      boundary: rule.fourDigits(boundary, denominator),
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

  /* ---- the end ------------------------------------------------------------- */

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
    thank(place, text("saved"));
  };

  /** The last page, with what is known of the answers. */
  const thank = (place, known = null) => {
    fill(place, make("main", { class: "mk-page", "data-mk": "end" },
      make("h1", { tabindex: "-1" }, text("title")),
      make("p", {}, text("thanks")),
      known ? make("p", { role: "status" }, known) : null));
    place.querySelector("h1").focus({ preventScroll: true });
  };

  return { study, text, preload, whoIsThere, beginSession, saveAsFile, thank, toCsv,
    listOf, goalOf };
})();
