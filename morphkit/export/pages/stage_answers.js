/* How an answer is given: by buttons, each with its key, or on a rating scale.

   Answers are recorded as labels, never as keys or sides.
*/
"use strict";

window.MorphkitAnswers = (() => {
  const { study, text, make, keyName } = window.MorphkitPage;

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
    answers.classList.toggle("mk-many", named.length > 2);
    // More than five stand in two rows.
    answers.style.setProperty("--mk-columns",
      named.length > 5 ? Math.ceil(named.length / 2) : named.length);
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
    /** Give the answers other words. */
    const name = (others) => named.forEach((button, k) => {
      button.firstChild.textContent = others[k];
    });
    return { begin, name };
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

  return { buttons, slider };
})();
