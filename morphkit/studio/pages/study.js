// All faces of the study: what state they are in, and which one to see next.

import { AGAIN, Refused, ask, faceAt, picture } from "./session.js";

const at = (id) => document.getElementById(id);
export const STATES = {
  unreadable: "cannot be read",
  missing: "no landmarks",
  suspicious: "suspicious",
  automatic: "automatic",
  given: "as given",
  corrected: "corrected",
  checked: "checked",
};
/** Work after which all faces are compared with the detector again. */
const PLACES = ["Detecting", "Carrying", "Training"];
/** What a training needs. */
const LEAST = { faces: 5, people: 3 };
const BASES = {
  "guardian-explicit": "consent of guardians",
  "participant-explicit": "consent of the person",
  "dataset-licence": "licence of a data set",
  synthetic: "synthetic",
  unknown: "consent not recorded",
};

export class StudyView {
  constructor({ reload }) {
    this.reload = reload;
    this.shown = new Set();
    this.pictures = new Map();
    at("filter").addEventListener("input", () => this.list());
    at("order").addEventListener("change", () => this.list());
    at("detect-missing").addEventListener("click", () => this.detect());
    at("carry-missing").addEventListener("click", () => this.carry());
    at("train").addEventListener("click", () => this.train());
    at("place-others").addEventListener("click", () => this.placeOthers());
    at("fitting-names").addEventListener("change", () => this.choose());
    at("faces").addEventListener("keydown", (event) => this.keys(event));
    document.addEventListener("keydown", (event) => {
      if (at("study").hidden || event.target.closest("input, select")) return;
      if (event.key === "/") {
        event.preventDefault();
        at("filter").focus();
      }
    });
  }

  take(overview) {
    this.overview = overview;
  }

  show(overview) {
    this.take(overview);
    at("study-name").textContent = overview.name;
    this.fitting();
    this.chips();
    this.list();
    this.watch(overview.work);
    const last = this.last && at("faces").querySelector(`[data-id="${CSS.escape(this.last)}"]`);
    if (last) last.focus();
  }

  chips() {
    const counts = {};
    for (const face of this.overview.faces) {
      counts[face.state] = (counts[face.state] || 0) + 1;
    }
    at("states").replaceChildren(
      ...Object.keys(STATES).filter((state) => counts[state]).map((state) => {
        const button = document.createElement("button");
        const label = document.createElement("span");
        label.className = `state ${state}`;
        label.textContent = `${STATES[state]} ${counts[state]}`;
        button.append(label);
        button.setAttribute("aria-pressed", this.shown.has(state));
        button.addEventListener("click", () => {
          if (!this.shown.delete(state)) this.shown.add(state);
          button.setAttribute("aria-pressed", this.shown.has(state));
          this.list();
        });
        return button;
      }),
    );
    const missing = this.overview.faces.filter((face) => face.state === "missing");
    const button = at("detect-missing");
    button.hidden = !missing.length || this.overview.detector === "none";
    button.textContent = `Detect ${missing.length} missing`;
    this.training();
    const carried = this.carried();
    at("carry-missing").hidden = !carried.length;
    at("carry-missing").textContent = `Carry to ${carried.length}`;
    at("carry-missing").title =
      "Landmarks of the other photographs of a person are carried to those without any";
  }

  /** Landmark sets that fit, where the landmark files do not say which theirs is. */
  fitting() {
    const { fitting, template } = this.overview;
    at("fitting").hidden = !fitting;
    if (!fitting) return;
    at("fitting-text").textContent =
      `The landmark files do not say what their ${fitting.n_points} landmarks are; taken for`;
    at("fitting-names").replaceChildren(
      ...fitting.names.map((name) => new Option(name, name, false, name === template.name)),
    );
    at("fitting-lasting").textContent = fitting.names[0] === template.name
      ? ""
      : `To keep this choice: ${fitting.lasting}`;
  }

  /** Take another set that fits: everything is read anew. */
  async choose() {
    try {
      await ask("/api/set", { method: "POST", data: { name: at("fitting-names").value } });
      this.pictures.clear();
      await this.reload();
      await this.compare();
    } catch (error) {
      this.fitting();
      this.errors([{ id: "", message: error.message }]);
    }
  }

  /** The faces of the list, in its order. */
  faces() {
    const words = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.overview.faces.filter((face) => {
      const text = `${face.identity} ${face.label} ${face.photo} ${STATES[face.state]}`.toLowerCase();
      return (!this.shown.size || this.shown.has(face.state)) && words.every((w) => text.includes(w));
    });
    if (at("order").value === "name") {
      found.sort((a, b) => `${a.identity} ${a.label}`.localeCompare(`${b.identity} ${b.label}`));
    }
    return found;
  }

  list() {
    const faces = this.faces();
    at("nothing").hidden = faces.length > 0;
    at("faces").replaceChildren(...faces.map((face) => this.card(face)));
  }

  card(face) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#/face/${encodeURIComponent(face.id)}`;
    link.dataset.id = face.id;
    const frame = document.createElement("div");
    frame.className = "picture";
    if (face.state === "unreadable") frame.textContent = "no picture";
    else this.thumbnail(face, frame);
    const text = document.createElement("div");
    text.className = "text";
    const name = line("name", face.identity);
    const label = document.createElement("span");
    label.textContent = ` · ${face.label}`;
    name.append(label);
    text.append(name, line(`state ${face.state}`, STATES[face.state]));
    const worst = face.error || face.worst?.message;
    if (worst) {
      const severe = face.error || face.worst.severity === "error";
      text.append(line(severe ? "worst error" : "worst", worst.charAt(0).toUpperCase() + worst.slice(1)));
    }
    text.append(this.facts(face));
    link.append(frame, text);
    item.append(link);
    return item;
  }

  facts(face) {
    const facts = line("facts", "");
    const said = [];
    const partners = face.siblings.filter((one) => one.id !== face.id).map((one) => one.label);
    said.push(partners.length ? `with ${partners.join(", ")}` : "no other end");
    if (!face.needed) said.push("not in the recipe");
    if (face.n_hidden) said.push(`${face.n_hidden} hidden`);
    if (face.consent) said.push(BASES[face.consent.basis] || face.consent.basis);
    facts.textContent = said.join(" · ");
    if (face.consent && !face.consent.may_morph) {
      const no = document.createElement("span");
      no.className = "no";
      no.textContent = " · may not be morphed";
      facts.append(no);
    }
    return facts;
  }

  async thumbnail(face, frame) {
    const image = document.createElement("img");
    image.alt = "";
    image.width = 240;
    image.height = 240;
    image.src = (await this.small(face)) || "";
    frame.replaceChildren(image);
  }

  /** The small picture of a face, fetched once for each version. */
  small(face) {
    const key = `${face.id} ${face.version}`;
    if (!this.pictures.has(key)) {
      const wanted = picture(faceAt(face.id, "/thumbnail")).catch(() => "");
      this.pictures.set(key, wanted);
    }
    return this.pictures.get(key);
  }

  keys(event) {
    const links = [...at("faces").querySelectorAll("a")];
    const here = links.indexOf(document.activeElement);
    if (here < 0) return;
    const across = getComputedStyle(at("faces")).gridTemplateColumns.split(" ").length;
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across,
      Home: -here, End: links.length - 1 - here,
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    links[Math.min(Math.max(here + steps[event.key], 0), links.length - 1)].focus();
  }

  /** The face before or after one, in the order of the list. */
  neighbour(id, way) {
    this.last = id;
    const ids = this.faces().map((face) => face.id);
    const here = ids.indexOf(id);
    if (here < 0) return ids[0];
    return ids[(here + way + ids.length) % ids.length];
  }

  // Work in the background

  /** Faces without landmarks of people that have some on another photograph. */
  carried() {
    const bare = ["missing", "unreadable"];
    const known = new Set(
      this.overview.faces.filter((one) => !bare.includes(one.state)).map((one) => one.identity),
    );
    return this.overview.faces.filter(
      (one) => one.state === "missing" && known.has(one.identity),
    );
  }

  /** What can be trained on, and what a trained detector can place anew. */
  training() {
    const { faces, trained, detector } = this.overview;
    const used = faces.filter((one) => one.placed_by === "person");
    const people = new Set(used.map((one) => one.identity)).size;
    const others = this.others();
    const button = at("train");
    button.hidden = detector === "none" || !used.length;
    button.disabled = used.length < LEAST.faces || people < LEAST.people;
    button.textContent = `Train on ${used.length} placed by hand`;
    button.title = button.disabled
      ? `A detector of your own needs ${LEAST.faces} faces of ${LEAST.people} people that were placed or corrected by hand, with more than one expression`
      : "A detector of your own, from the faces that were placed or corrected by hand";
    at("place-others").hidden = !trained || !others.length;
    at("place-others").textContent = `Place ${others.length} others anew`;
    at("place-others").title = "By the trained detector; what a person has moved or checked stays";
    at("trained").textContent = trained
      ? `Detects with ${trained.file}: ${trained.error.toFixed(1)} % of the ${trained.normaliser} ` +
        `on people it never saw, from ${trained.n_faces} faces of ${trained.n_identities}`
      : "";
  }

  others() {
    return this.overview.faces.filter(
      (one) => one.state === "missing" || (one.placed_by === "machine" && one.state !== "checked"),
    );
  }

  async train() {
    this.failed = [];
    try {
      this.watch(await ask("/api/train", { method: "POST", data: {} }));
    } catch (error) {
      this.errors([{ id: "", message: error.message }]);
    }
  }

  placeOthers() {
    return this.begin("/api/detect", this.others(), { again: true, unless_touched: true });
  }

  detect() {
    const missing = this.overview.faces.filter((face) => face.state === "missing");
    return this.begin("/api/detect", missing);
  }

  carry() {
    return this.begin("/api/carry", this.carried());
  }

  async begin(path, faces, more = {}) {
    this.failed = [];
    try {
      const data = { faces: faces.map((one) => one.id), ...more };
      this.watch(await ask(path, { method: "POST", data }));
    } catch (error) {
      this.errors([{ id: "", message: error.message }]);
    }
  }

  /** Have all faces compared with the detector. */
  compare() {
    return this.hear(
      async () => this.watch(await ask("/api/compare", { method: "POST", data: {} })),
    );
  }

  /** Ask the studio; say what it refuses, and ask again where it does not answer. */
  async hear(question) {
    try {
      await question();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      at("work").hidden = true;
      this.errors([...(this.failed || []), { message: error.message }]);
      clearTimeout(this.timer);
      if (error.status === 0) this.timer = setTimeout(() => this.hear(question), AGAIN);
    }
  }

  watch(work) {
    at("work").hidden = !work.busy;
    const isNew = work.stage && work.stage !== work.title.toLowerCase();
    const said = isNew ? `${work.stage}, ` : "";
    at("work-text").textContent = `${work.title}: ${said}${work.done} of ${work.total}`;
    at("work-bar").max = work.total || 1;
    at("work-bar").value = work.done;
    this.errors([...(this.failed || []), ...work.errors]);
    clearTimeout(this.timer);
    if (work.busy) this.timer = setTimeout(() => this.hear(() => this.look()), 400);
  }

  /** See how far the work is, and take what it has changed. */
  async look() {
    const work = await ask("/api/work");
    if (!work.busy) {
      const overview = await ask("/api/study");
      this.take(overview);
      if (PLACES.includes(work.title)) {
        this.failed = work.errors; // shown until something else is begun
        await this.compare();
      }
      if (!at("study").hidden) {
        const here = document.activeElement?.dataset?.id;
        this.chips();
        this.list();
        if (here) at("faces").querySelector(`[data-id="${CSS.escape(here)}"]`)?.focus();
      }
      if (PLACES.includes(work.title)) return;
    }
    this.watch(work);
  }

  errors(errors) {
    at("work-errors").hidden = !errors.length;
    at("work-errors").replaceChildren(
      ...errors.map((error) => {
        const item = document.createElement("li");
        item.textContent = error.message;
        return item;
      }),
    );
  }
}

function line(kind, text) {
  const element = document.createElement("div");
  element.className = kind;
  element.textContent = text;
  return element;
}
