// What buttons and keys do.

import { mirrored } from "./geometry.js";
import { ARROWS } from "./pane.js";
import { Starting } from "./starting.js";

const at = (id) => document.getElementById(id);
const SHOWN = {
  "show-lines": "lines",
  "show-smooth": "smooth",
  "show-names": "names",
  "show-ghost": "ghost",
  "show-arrows": "arrows",
};

export class Commands extends Starting {
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
    on("carry", () => this.carry());
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
    if (onCanvas && active.clicks) {
      const run = active.clickKeys(event);
      if (run) return run;
    }
    if (key === "Enter" && onCanvas) return () => this.check();
    if (key.startsWith("Arrow")) {
      if (!onCanvas || !active.doc.isPlaced) return null;
      const [x, y] = ARROWS[key];
      if (!active.selected.size) return () => active.pan(-40 * x, -40 * y);
      return () => active.nudge(x * size, y * size);
    }
    if (event.altKey) return null;
    return {
      v: () => this.setTool("move"),
      s: () => this.setTool("snap"),
      d: () => this.setTool("soft"),
      c: () => this.startClicks(),
      o: () => this.carry(),
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
      pane.endClicks();
      this.prompt(null);
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
