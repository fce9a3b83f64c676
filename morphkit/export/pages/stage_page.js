/* Pages of text, and what all parts of the stage make them of. */
"use strict";

window.MorphkitPage = (() => {
  const study = window.MORPHKIT;

  const text = (key, values = {}) =>
    (study.texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

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

  const fill = (place, ...children) => {
    place.replaceChildren(...children);
    window.scrollTo(0, 0);
  };

  const shorten = (names) => (names.length > 12 ? [...names.slice(0, 12), "…"] : names);

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

  /** A button that has to be pressed twice. */
  const twice = (first, second, action) => {
    const button = make("button", { type: "button", class: "mk-button mk-small" }, first);
    button.addEventListener("click", () => {
      if (button.textContent === first) button.textContent = second;
      else action();
    });
    return button;
  };

  return { study, text, make, wait, fill, shorten, keyName, showPage, choose, twice };
})();
