/* What comes before the trials of a recruited participant, and after them: a window that
   is large enough, consent, the parameters of the address, a code or a way back.
*/
"use strict";

window.MorphkitEntry = (() => {
  const { study, text, make, fill } = window.MorphkitPage;
  const { participation } = study;
  const query = new URLSearchParams(location.search);
  let consented = "";

  /** Take parameters of an address that is not that of this page, such as of JATOS. */
  const addParameters = (given) => {
    Object.entries(given).forEach(([name, value]) => query.set(name, value));
  };

  /** Wait until the window is as large as the study needs. */
  const waitForWindow = async (place, [width, height]) => {
    const fits = () => window.innerWidth >= width && window.innerHeight >= height;
    if (fits()) return;
    fill(place, make("main", { class: "mk-page", "data-mk": "window" },
      make("h1", {}, text("title")), make("p", { role: "alert" }, text("error_window"))));
    await new Promise((resolve) => {
      const look = () => {
        if (!fits()) return;
        window.removeEventListener("resize", look);
        resolve();
      };
      window.addEventListener("resize", look);
    });
  };

  /** Say that the study cannot be done on this device, and stop. */
  const refuse = async (place) => {
    fill(place, make("main", { class: "mk-page", "data-mk": "phone" },
      make("h1", {}, text("title")), make("p", { role: "alert" }, text("error_phone"))));
    await new Promise(() => {});
  };

  /** Stop on a device without a mouse, where the study cannot be done there. */
  const refusePhones = async (place) => {
    const has = (query) => window.matchMedia(query).matches;
    if (participation.phones || !has("(pointer: coarse)") || has("(any-pointer: fine)")) return;
    await refuse(place);
  };

  /** Show the page of consent; without consent nothing starts and nothing is kept. */
  const askConsent = async (place) => {
    if (!participation.consent) return;
    const yes = make("button", { type: "button", class: "mk-button mk-go",
      "data-choose": "consent" }, text("consent_button"));
    const no = make("button", { type: "button", class: "mk-button",
      "data-choose": "refuse" }, text("refuse_button"));
    fill(place, make("main", { class: "mk-page", "data-mk": "consent" },
      make("h1", { tabindex: "-1" }, text("title")),
      make("p", {}, participation.consent), make("p", { class: "mk-choose" }, yes, no)));
    place.querySelector("h1").focus({ preventScroll: true });
    const agreed = await new Promise((resolve) => {
      yes.addEventListener("click", () => resolve(true), { once: true });
      no.addEventListener("click", () => resolve(false), { once: true });
    });
    if (!agreed) {
      fill(place, make("main", { class: "mk-page", "data-mk": "refused" },
        make("h1", {}, text("title")), make("p", { role: "status" }, text("refused"))));
      await new Promise(() => {});
    }
    consented = new Date().toISOString().replace(/\.\d+/, "");
  };

  /** Everything that is asked of a person before the code. */
  const admit = async (place) => {
    await refusePhones(place);
    await waitForWindow(place, participation.least_window);
    await askConsent(place);
  };

  /** Columns of every row: when consent was given, and parameters of the address. */
  const arrival = () => ({
    consented,
    ...Object.fromEntries(Object.entries(study.parameters)
      .map(([name, column]) => [column, query.get(name) ?? ""])),
  });

  /** The address that leads back, with the parameters filled in; "" if there is none. */
  const wayBack = (participant) => participation.completion_url.replace(/\{(\w+)\}/g,
    (all, name) => encodeURIComponent(
      name === "participant" ? participant : query.get(name) ?? ""));

  /** What stands on the last page, once the answers are safe. */
  const farewell = (participant) => [
    participation.completion_code ? make("p", { "data-mk": "code" },
      text("completion_code", { code: participation.completion_code })) : null,
    participation.completion_url ? make("p", {}, make("a", { class: "mk-button mk-go mk-link",
      href: wayBack(participant), rel: "noreferrer" }, text("completion_button"))) : null,
  ];

  return { addParameters, admit, refuse, waitForWindow, arrival, wayBack, farewell };
})();
