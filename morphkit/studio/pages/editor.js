// One face: its panes open and close, and what changes in them is shown everywhere.

import { Commands } from "./commands.js";
import { FaceDocument } from "./document.js";
import { Pane } from "./pane.js";
import { Preview } from "./preview.js";
import { faceAt, picture } from "./session.js";

const at = (id) => document.getElementById(id);

export class Editor extends Commands {
  constructor({ say, next, refresh }) {
    super();
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
    if (first.doc.isFixed) this.prompt(first.doc.facts.fixed);
  }

  isOpen(id) {
    return !at("editor").hidden && this.panes[0]?.doc.id === id;
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
    pane.addEventListener("cross", () => {
      this.where(pane);
      this.say(pane.cross.map((v) => v.toFixed(1)).join(", "));
    });
    pane.addEventListener("click-placed", (event) => this.onClicks(pane, event.detail));
    pane.canvas.addEventListener("pointermove", () => this.where(pane));
    await pane.open(doc, image);
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
}
