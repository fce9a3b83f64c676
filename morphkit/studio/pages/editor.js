// One face: its panes, tools, panels and keys.

import { FaceDocument } from "./document.js";
import { apply, fit, inverse, mirrored, scaleOf } from "./geometry.js";
import { Pane } from "./pane.js";
import { Preview } from "./preview.js";
import { ask, faceAt, picture } from "./session.js";
import { STATES } from "./study.js";

const at = (id) => document.getElementById(id);
const CLICKS = [
  "Click the pupil on the left of the picture",
  "Click the pupil on the right of the picture",
  "Click the middle of the mouth",
];
const SHOWN = {
  "show-lines": "lines",
  "show-smooth": "smooth",
  "show-names": "names",
  "show-ghost": "ghost",
  "show-arrows": "arrows",
};

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export class Editor {
  constructor({ say, next, refresh }) {
    Object.assign(this, { say, next, refresh });
    this.settings = {
      tool: "move", lines: true, smooth: true, names: false, ghost: false, arrows: false,
      opacity: 1, radius: 30, isPanning: false,
    };
    this.panes = [];
    this.preview = new Preview();
    this.listen();
    this.tab("preview");
  }

  // Opening and leaving

  async open(id, overview) {
    this.overview = overview;
    this.template = overview.template;
    const first = await this.makePane(id);
    const other = this.isBeside && this.otherOf(first.doc);
    if (other) await this.makePane(other);
    this.activate(first);
    this.strip();
    this.refreshAll();
    this.preview.show(first.doc.facts, () => this.panes.map((pane) => pane.doc));
    first.canvas.focus({ preventScroll: true });
    this.checkSoon();
  }

  async leave() {
    clearTimeout(this.checking);
    for (const pane of this.panes) await pane.doc?.save();
    this.closePanes();
  }

  closePanes() {
    for (const pane of this.panes) {
      pane.close();
      pane.holder.remove();
    }
    this.panes = [];
    this.active = null;
    this.prompt(null);
  }

  async makePane(id) {
    const doc = await FaceDocument.load(id, this.template);
    const image = new Image();
    image.src = await picture(faceAt(id, "/picture"));
    await image.decode();
    const holder = document.createElement("div");
    holder.className = "pane";
    const label = document.createElement("div");
    label.className = "label";
    label.textContent = doc.facts.label;
    holder.append(label);
    at("panes").append(holder);
    const pane = new Pane(holder, this.settings);
    this.panes.push(pane);
    doc.addEventListener("change", (event) => this.onChange(pane, event.detail));
    pane.addEventListener("focus", () => this.activate(pane));
    pane.addEventListener("select", () => this.onSelect(pane));
    pane.addEventListener("view", () => this.follow(pane));
    pane.addEventListener("click-placed", (event) => this.onClicks(pane, event.detail));
    pane.canvas.addEventListener("pointermove", () => this.where(pane));
    await pane.show(doc, image);
    this.emptyHint(pane);
    return pane;
  }

  /** The other end of the continuum, else another label of the person. */
  otherOf(doc) {
    const needs = doc.facts.continua.flatMap((one) => one.needs);
    const siblings = doc.facts.siblings.map((one) => one.id).filter((one) => one !== doc.id);
    return siblings.find((one) => needs.includes(one)) || siblings[0];
  }

  activate(pane) {
    if (this.active === pane) return;
    this.active = pane;
    for (const one of this.panes) one.holder.classList.toggle("active", one === pane);
    this.heading();
    this.list();
    this.findings();
    this.buttons();
  }

  get doc() {
    return this.active.doc;
  }

  // What changes

  onChange(pane, what) {
    pane.draw();
    if (what === "points" || what === "edit") {
      this.preview.want();
      this.ghosts();
    }
    if (what === "edit" && this.active === pane) {
      this.list();
      this.checkSoon();
      pane.holder.querySelector(".empty")?.remove();
    }
    if (what === "saved" && this.active === pane) {
      this.findings();
      this.refreshSoon();
    }
    if (what === "conflict") this.conflict(pane.doc);
    if (this.active === pane) {
      this.heading();
      this.buttons();
      this.where(pane);
    }
  }

  refreshSoon() {
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => this.refresh().catch(() => {}), 600);
  }

  onSelect(pane) {
    if (this.active !== pane) this.activate(pane);
    for (const item of at("points").children) {
      item.setAttribute("aria-selected", pane.selected.has(Number(item.dataset.index)));
    }
    this.buttons();
    this.where(pane);
    if (pane.selected.size === 1) {
      const [i] = pane.selected;
      const item = at("points").children[i];
      item?.scrollIntoView({ block: "nearest" });
      at("points").setAttribute("aria-activedescendant", item?.id || "");
      const [x, y] = pane.doc.points[i];
      this.say(`${this.template.points[i]}, ${x.toFixed(1)}, ${y.toFixed(1)}`);
    } else if (pane.selected.size > 1) {
      this.say(`${pane.selected.size} landmarks selected`);
    }
  }

  where(pane) {
    const { selected, doc, at: place } = pane;
    let text = "";
    if (selected.size === 1 && doc.isPlaced) {
      const [i] = selected;
      const [x, y] = doc.points[i];
      text = `${this.template.points[i]}  ${x.toFixed(2)}, ${y.toFixed(2)}`;
    } else if (place) {
      text = pane.toPhoto(place).map((v) => v.toFixed(1)).join(", ");
    }
    at("where").textContent = `${text}${text ? "   " : ""}${Math.round(pane.view.scale * 100)} %`;
  }

  refreshAll() {
    this.heading();
    this.list();
    this.features();
    this.findings();
    this.buttons();
    this.ghosts();
  }

  heading() {
    const { facts } = this.doc;
    at("face-name").textContent = `${facts.identity} · ${facts.label}`;
    at("face-state").className = `state ${facts.state}`;
    at("face-state").textContent = STATES[facts.state] || "";
    const { state, problem, isPlaced } = this.doc;
    const words = { saved: "Saved", saving: "Saving…", waiting: "…", problem };
    at("saved").textContent = isPlaced || problem ? words[state] : "";
    at("saved").classList.toggle("problem", state === "problem");
    at("saved").title = problem;
  }

  buttons() {
    const { doc, selected } = this.active;
    const fixed = Boolean(doc.facts.fixed);
    at("undo").disabled = !doc.canUndo || fixed;
    at("redo").disabled = !doc.canRedo || fixed;
    at("undo").title = doc.canUndo ? `Undo: ${doc.edits[doc.position - 1].label} (Ctrl+Z)` : "Undo (Ctrl+Z)";
    at("check").disabled = !doc.isPlaced;
    at("hide").disabled = !selected.size || !doc.facts.holds_hidden;
    const hidden = selected.size > 0 && [...selected].every((i) => doc.hidden.has(i));
    at("hide").setAttribute("aria-pressed", hidden);
    at("mirror").disabled = !selected.size || !this.template.mirror.length;
    at("beside").disabled = !this.otherOf(doc);
    at("beside").setAttribute("aria-pressed", this.panes.length > 1);
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === this.settings.tool);
    }
  }

  // Panels

  tab(name) {
    for (const button of at("tabs").children) {
      const isOpen = button.dataset.tab === name;
      button.setAttribute("aria-selected", isOpen);
      button.tabIndex = isOpen ? 0 : -1;
      at(`tab-${button.dataset.tab}`).classList.toggle("open", isOpen);
    }
  }

  list() {
    const { doc, selected, marks } = this.active;
    at("points").replaceChildren(
      ...this.template.points.map((name, i) => {
        const item = document.createElement("li");
        item.id = `point-${i}`;
        item.dataset.index = i;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", selected.has(i));
        item.append(name);
        const said = [doc.hidden.has(i) && "hidden", marks.get(i)].filter(Boolean);
        if (said.length) {
          const tag = document.createElement("span");
          tag.className = `tag ${marks.get(i) || ""}`;
          tag.textContent = said.join(", ");
          item.append(tag);
        }
        return item;
      }),
    );
  }

  features() {
    const { regions = {} } = this.template;
    const lines = Object.keys(regions).length
      ? regions
      : Object.fromEntries(this.template.lines.map((line, k) => [`line ${k + 1}`, line]));
    at("features").replaceChildren(
      ...Object.entries({ all: this.template.points.map((_, i) => i), ...lines }).map(
        ([name, indices]) => {
          const button = document.createElement("button");
          button.textContent = name;
          button.addEventListener("click", (event) => {
            if (!this.doc.isPlaced) return;
            this.active.select(indices, { add: event.shiftKey });
            if (!event.shiftKey) this.active.focusOn(indices);
          });
          return button;
        },
      ),
    );
  }

  findings() {
    const pane = this.active;
    const found = pane.found || pane.doc.facts.findings;
    pane.marks = new Map();
    for (const one of [...found].reverse()) {
      if (one.severity !== "note") for (const i of one.points) pane.marks.set(i, one.severity);
    }
    at("findings").replaceChildren(
      ...(found.length ? found.map((one) => this.finding(one)) : [this.none()]),
    );
    const n = found.filter((one) => one.severity !== "note").length;
    at("for-findings").textContent = n ? `Findings ${n}` : "Findings";
    pane.draw();
    this.list();
  }

  finding(one) {
    const item = document.createElement("li");
    item.className = one.severity;
    const button = document.createElement("button");
    const text = document.createElement("span");
    const kind = document.createElement("span");
    kind.className = "kind";
    kind.textContent = `${one.severity} · ${one.code}`;
    const remedy = document.createElement("span");
    remedy.className = "remedy";
    remedy.textContent = one.remedy;
    text.append(kind, sentence(one.message), remedy);
    button.append(text);
    button.disabled = !one.points.length;
    button.addEventListener("click", () => this.goTo(one));
    item.append(button);
    return item;
  }

  none() {
    const item = document.createElement("li");
    item.className = "none";
    item.textContent = this.doc.isPlaced
      ? "Nothing was found. Look at the lids, lips and brows yourself all the same."
      : "There are no landmarks yet.";
    return item;
  }

  goTo(finding) {
    const { points } = finding;
    if (!points.length || !this.doc.isPlaced) return;
    this.active.select(points);
    this.active.focusOn(points);
    this.active.canvas.focus({ preventScroll: true });
  }

  nextFinding() {
    const found = (this.active.found || this.doc.facts.findings).filter((f) => f.points.length);
    if (!found.length) return;
    this.turnOf = ((this.turnOf ?? -1) + 1) % found.length;
    this.goTo(found[this.turnOf]);
    this.say(found[this.turnOf].message);
  }

  /** Judge the landmarks as they are, shortly after the last edit. */
  checkSoon() {
    clearTimeout(this.checking);
    const pane = this.active;
    this.checking = setTimeout(async () => {
      if (!pane.doc.isPlaced) return;
      const { moment } = pane.doc;
      try {
        const { findings } = await ask(faceAt(pane.doc.id, "/findings"), {
          method: "POST",
          data: { points: pane.doc.points, hidden: [...pane.doc.hidden] },
        });
        if (pane !== this.active || moment > pane.doc.moment) return;
        pane.found = findings;
        this.findings();
      } catch {
        // the save says what is wrong
      }
    }, 500);
  }

  // Several faces

  async strip() {
    const { facts, id } = this.panes[0].doc;
    const items = facts.siblings.map((one) => {
      const item = document.createElement("div");
      item.className = "one";
      item.classList.toggle("here", one.id === id);
      item.classList.toggle("beside", this.panes.length > 1 && this.panes[1].doc.id === one.id);
      const link = document.createElement("a");
      link.href = `#/face/${encodeURIComponent(one.id)}`;
      if (one.id === id) link.setAttribute("aria-current", "true");
      const image = document.createElement("img");
      image.alt = "";
      picture(faceAt(one.id, "/thumbnail")).then((address) => { image.src = address; }, () => {});
      link.append(image, one.label);
      item.append(link);
      if (one.id !== id) {
        const button = document.createElement("button");
        button.textContent = "beside";
        button.setAttribute("aria-label", `Show ${one.label} beside`);
        button.addEventListener("click", () => this.showBeside(one.id));
        item.append(button);
      }
      return item;
    });
    at("strip").replaceChildren(...items);
    at("strip").hidden = facts.siblings.length < 2;
  }

  async showBeside(id) {
    const [first, second] = this.panes;
    const shown = second?.doc.id;
    if (second) {
      await second.doc.save();
      second.close();
      second.holder.remove();
      this.panes.pop();
      this.activate(first);
    }
    this.isBeside = Boolean(id) && shown !== id;
    if (this.isBeside) await this.makePane(id);
    this.strip();
    this.ghosts();
    this.buttons();
    first.resize();
    first.fit();
  }

  /** The map from the face of one pane to that of another. */
  between(one, other) {
    if (!one.doc.isPlaced || !other.doc.isPlaced) return null;
    return fit(one.doc.points, other.doc.points);
  }

  /** Zoom the other pane to the same part of its face. */
  follow(pane) {
    this.where(pane);
    if (this.isFollowing || this.panes.length < 2) return;
    const other = this.panes.find((one) => one !== pane);
    const map = this.between(pane, other);
    if (!map || !pane.width) return;
    this.isFollowing = true;
    const middle = pane.toPhoto([pane.width / 2, pane.height / 2]);
    other.view.scale = pane.view.scale / scaleOf(map);
    other.centre(apply(map, middle));
    this.isFollowing = false;
  }

  async ghosts() {
    const [first, second] = this.panes;
    const wanted = this.settings.ghost || this.settings.arrows;
    if (second) {
      const map = wanted && this.between(second, first);
      first.setGhost(second.doc.points, map);
      second.setGhost(first.doc.points, map && inverse(map));
      return;
    }
    const other = wanted && first && this.otherOf(first.doc);
    if (!other) {
      first?.setGhost(null);
      return;
    }
    if (this.ghostOf?.id !== other) {
      this.ghostOf = await ask(faceAt(other)).catch(() => null);
    }
    const { points } = this.ghostOf || {};
    if (!points || !first.doc.isPlaced) return;
    first.setGhost(points, fit(points, first.doc.points));
  }

  // Starting

  emptyHint(pane) {
    if (pane.doc.isPlaced) return;
    const hint = document.createElement("div");
    hint.className = "empty";
    const detect = document.createElement("button");
    detect.className = "primary";
    detect.textContent = "Detect landmarks";
    detect.addEventListener("click", () => {
      this.activate(pane);
      this.detect();
    });
    const clicks = document.createElement("button");
    clicks.textContent = "Start from three clicks";
    clicks.addEventListener("click", () => {
      this.activate(pane);
      this.startClicks();
    });
    if (this.overview.detector !== "none") hint.append(detect);
    hint.append(clicks);
    pane.holder.append(hint);
  }

  async startClicks() {
    const pane = this.active;
    if (pane.doc.isPlaced) {
      const go = await this.confirm(
        "Start from three clicks?",
        "All landmarks of this face get new places. This can be undone.",
      );
      if (!go) return;
    }
    pane.clicks = [];
    pane.fit(true);
    this.prompt(`${CLICKS[0]} (Esc to cancel)`);
    pane.canvas.focus({ preventScroll: true });
  }

  async onClicks(pane, clicks) {
    if (clicks.length < CLICKS.length) {
      this.prompt(`${CLICKS[clicks.length]} (Esc to cancel)`);
      return;
    }
    this.prompt(null);
    pane.clicks = null;
    try {
      const { points } = await ask(faceAt(pane.doc.id, "/start"), {
        method: "POST", data: { clicks },
      });
      pane.doc.place(points);
      pane.fit();
      this.say("Landmarks were placed; correct them now");
    } catch (error) {
      this.prompt(error.message);
    }
  }

  async detect() {
    const pane = this.active;
    if (pane.doc.isPlaced) {
      const go = await this.confirm(
        "Detect again?",
        "The detector places all landmarks of this face anew. This can be undone.",
      );
      if (!go) return;
    }
    await pane.doc.save();
    this.prompt("Detecting…");
    try {
      let work = await ask("/api/detect", {
        method: "POST", data: { faces: [pane.doc.id], again: true },
      });
      while (work.busy) {
        await new Promise((done) => setTimeout(done, 150));
        work = await ask("/api/work");
      }
      this.prompt(work.errors[0]?.message || null);
      if (work.errors.length) return;
      pane.doc.take(await ask(faceAt(pane.doc.id)));
      pane.doc.say("edit");
      pane.doc.say("saved");
      pane.fit();
      this.preview.show(pane.doc.facts, () => this.panes.map((one) => one.doc));
    } catch (error) {
      this.prompt(error.message);
    }
  }

  prompt(text) {
    at("prompt").hidden = !text;
    at("prompt").textContent = text || "";
  }

  confirm(title, text) {
    at("ask-title").textContent = title;
    at("ask-text").textContent = text;
    at("ask").showModal();
    return new Promise((done) => {
      at("ask-yes").onclick = () => at("ask").close("yes");
      at("ask-no").onclick = () => at("ask").close("no");
      at("ask").onclose = () => {
        done(at("ask").returnValue === "yes");
        at("ask").returnValue = "";
      };
    });
  }

  conflict(doc) {
    const { conflict } = doc;
    let far = "";
    if (conflict.points && doc.points) {
      const most = Math.max(...doc.points.map((p, i) => Math.hypot(
        p[0] - conflict.points[i][0], p[1] - conflict.points[i][1])));
      far = ` The two differ by up to ${most.toFixed(1)} px.`;
    }
    at("conflict-text").textContent =
      `${doc.facts.file} was changed by another window or program since it was read here, ` +
      `so nothing was written.${far}`;
    const choose = async (mine) => {
      at("conflict").close();
      await doc.resolve(mine);
      this.active.found = null;
      this.checkSoon();
    };
    at("take-theirs").onclick = () => choose(false);
    at("keep-mine").onclick = () => choose(true);
    at("conflict").oncancel = (event) => event.preventDefault();
    at("conflict").showModal();
  }

  // Commands

  /** Of partners that are both selected, the one on the left is meant, or the right. */
  mirror(fromRight = false) {
    const { doc, selected } = this.active;
    const partners = this.template.mirror;
    if (!selected.size || !partners.length) return;
    const images = mirrored(doc.points, partners);
    // A partner gets the place that the mirror image of the selected landmark has.
    const isSource = (i) => {
      const j = partners[i];
      if (i === j) return false;
      return !selected.has(j) || (doc.points[i][0] < doc.points[j][0]) !== fromRight;
    };
    const moves = [...selected].filter(isSource).map((i) => [partners[i], images[partners[i]]]);
    if (moves.length) doc.edit("Mirror onto the other side", moves);
  }

  hide() {
    const { doc, selected } = this.active;
    if (!selected.size) return;
    if (!doc.facts.holds_hidden) {
      this.prompt(`${doc.facts.file} cannot record hidden landmarks; convert it to .json.`);
      return;
    }
    doc.hide(selected, ![...selected].every((i) => doc.hidden.has(i)));
  }

  undo(again) {
    const edit = again ? this.doc.redo() : this.doc.undo();
    if (edit) this.say(`${again ? "Redone" : "Undone"}: ${edit.label}`);
  }

  async check() {
    const { doc } = this;
    if (!doc.isPlaced) return;
    try {
      await doc.mark(true);
      if (doc.problem) return;
      const next = this.next(doc.id, 1);
      await this.refresh();
      if (next && next !== doc.id) this.goFace(next);
    } catch (error) {
      this.prompt(error.message);
    }
  }

  goFace(id) {
    if (id) location.hash = `#/face/${encodeURIComponent(id)}`;
  }

  step(by) {
    const { selected, doc } = this.active;
    if (!doc.isPlaced) return;
    const n = doc.points.length;
    const [from] = selected.size ? [...selected].slice(by > 0 ? -1 : 0) : [by > 0 ? -1 : 0];
    this.active.select([(from + by + n) % n]);
  }

  setTool(tool) {
    this.settings.tool = tool;
    this.buttons();
    for (const pane of this.panes) pane.draw();
  }

  toggle(key) {
    this.settings[key] = !this.settings[key];
    for (const [id, name] of Object.entries(SHOWN)) at(id).checked = this.settings[name];
    this.ghosts();
    for (const pane of this.panes) pane.draw();
  }

  // Listening

  listen() {
    const on = (id, run) => at(id).addEventListener("click", run);
    on("undo", () => this.undo(false));
    on("redo", () => this.undo(true));
    on("check", () => this.check());
    on("clicks", () => this.startClicks());
    on("detect", () => this.detect());
    on("mirror", (event) => this.mirror(event.shiftKey));
    on("hide", () => this.hide());
    on("beside", () => this.showBeside(this.panes.length > 1 ? null : this.otherOf(this.doc)));
    on("fit", () => this.active.fit());
    on("zoom-in", () => this.zoom(1.25));
    on("zoom-out", () => this.zoom(0.8));
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.addEventListener("click", () => this.setTool(button.dataset.tool));
    }
    for (const [id, name] of Object.entries(SHOWN)) {
      at(id).addEventListener("change", () => this.toggle(name));
    }
    at("opacity").addEventListener("input", (event) => {
      this.settings.opacity = Number(event.target.value) / 100;
      for (const pane of this.panes) pane.draw();
    });
    at("radius").addEventListener("input", (event) => {
      const { width } = this.doc.facts;
      this.settings.radius = (Number(event.target.value) / 100) ** 2 * width;
      for (const pane of this.panes) pane.draw();
    });
    at("tabs").addEventListener("click", (event) => {
      const name = event.target.closest("[data-tab]")?.dataset.tab;
      if (name) this.tab(name);
    });
    at("tabs").addEventListener("keydown", (event) => {
      const tabs = [...at("tabs").children];
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
      this.tab(next.dataset.tab);
      next.focus();
    });
    at("points").addEventListener("click", (event) => this.pick(event));
    at("points").addEventListener("keydown", (event) => this.pickByKey(event));
    document.addEventListener("keydown", (event) => this.keys(event));
    document.addEventListener("keyup", (event) => {
      if (event.key === " ") this.settings.isPanning = false;
    });
    window.addEventListener("pagehide", () => {
      for (const pane of this.panes) pane.doc.save({ keepalive: true });
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.panes.some((pane) => pane.doc.state !== "saved")) event.preventDefault();
    });
  }

  pick(event) {
    const item = event.target.closest("li");
    if (!item || !this.doc.isPlaced) return;
    const i = Number(item.dataset.index);
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      this.active.toggle(i);
    } else {
      this.active.select([i]);
      this.active.focusOn([i]);
    }
  }

  pickByKey(event) {
    if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.doc.isPlaced) return;
    if (event.key === "Home") this.active.select([0]);
    else if (event.key === "End") this.active.select([this.template.points.length - 1]);
    else this.step(event.key === "ArrowDown" ? 1 : -1);
  }

  zoom(factor) {
    const { active } = this;
    active.zoomAt([active.width / 2, active.height / 2], factor);
  }

  keys(event) {
    if (at("editor").hidden || !this.active || document.querySelector("dialog[open]")) return;
    const inField = event.target.closest("input, select, [role=tablist]");
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    let run;
    if (isCommand) {
      run = {
        z: () => this.undo(event.shiftKey),
        y: () => this.undo(true),
        a: () => this.doc.isPlaced && this.active.select(this.doc.points.keys()),
        s: () => this.doc.save(),
      }[key];
      if (inField && key === "a") return;
    } else if (!inField) {
      run = this.plainKeys(event, key);
    }
    if (!run) return;
    event.preventDefault();
    run();
  }

  plainKeys(event, key) {
    const size = event.shiftKey ? 10 : event.altKey ? 0.1 : 1;
    const back = event.shiftKey ? -1 : 1;
    const { active } = this;
    const onCanvas = event.target === active.canvas || event.target === document.body;
    if (key === " " && onCanvas) return () => { this.settings.isPanning = true; };
    if (key === "Enter" && onCanvas) return () => this.check();
    if (key.startsWith("Arrow")) {
      if (!onCanvas || !active.doc.isPlaced) return null;
      const [x, y] = {
        ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
      }[key];
      if (!active.selected.size) return () => active.pan(-40 * x, -40 * y);
      return () => active.nudge(x * size, y * size);
    }
    if (event.altKey) return null;
    return {
      v: () => this.setTool("move"),
      s: () => this.setTool("snap"),
      d: () => this.setTool("soft"),
      c: () => this.startClicks(),
      m: () => this.mirror(event.shiftKey),
      h: () => this.hide(),
      b: () => at("beside").click(),
      f: () => active.fit(),
      z: () => active.selected.size && active.focusOn([...active.selected]),
      j: () => this.nextFinding(),
      e: () => [...active.selected].forEach((i) => active.selectFeature(i)),
      r: () => active.turn(back),
      x: () => active.turn(0, 1.01 ** back),
      l: () => this.toggle("lines"),
      n: () => this.toggle("names"),
      g: () => this.toggle("ghost"),
      a: () => this.toggle("arrows"),
      "]": () => this.step(1),
      "[": () => this.step(-1),
      "+": () => this.zoom(1.25),
      "=": () => this.zoom(1.25),
      "-": () => this.zoom(0.8),
      ",": () => this.preview.move(-1),
      ".": () => this.preview.move(1),
      PageDown: () => this.goFace(this.next(this.doc.id, 1)),
      PageUp: () => this.goFace(this.next(this.doc.id, -1)),
      Escape: () => this.escape(),
    }[key];
  }

  escape() {
    const pane = this.active;
    if (pane.clicks) {
      pane.clicks = null;
      this.prompt(null);
      pane.draw();
    } else if (pane.drag) {
      pane.doc.cancel();
      pane.drag = null;
      pane.loupe = null;
      pane.draw();
    } else if (pane.selected.size) {
      pane.select([]);
    } else if (!at("prompt").hidden) {
      this.prompt(null);
    } else {
      location.hash = "#/";
    }
  }
}
