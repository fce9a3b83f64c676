// A landmark set of the lab's own, made on a photograph.

import { confirm } from "./dialogs.js";
import { Draft } from "./draft.js";
import { Pane } from "./pane.js";
import { SetPanels } from "./set_panels.js";
import { Refused, ask, faceAt, picture } from "./session.js";

const at = (id) => document.getElementById(id);
const PROMPTS = {
  add: "Click where a landmark is to be, or bring the cross there with the arrow keys and press Enter",
  line: "Click landmarks in order, or choose them with [ and ] and press Space; Enter ends the line, Shift+Enter closes it",
};
const COLOURS = { pair: "#7ddc8a", proposed: "#ffd23f", drawn: "#ffb020" };
/** Pixels of the screen around a landmark within which a line takes it. */
const REACH = 26;

export class LandmarkSet extends SetPanels {
  constructor({ say }) {
    super();
    this.say = say;
    this.settings = {
      tool: "move", lines: true, smooth: true, names: false, opacity: 1, radius: 30,
    };
    this.tool = "move";
    this.drawn = [];
    this.proposed = [];
    this.listen();
    this.tab("names");
  }

  // Opening

  async open(overview) {
    this.overview = overview;
    const kept = await ask("/api/template");
    if (kept.draft) await this.load(kept);
    else await this.begin(kept);
  }

  async begin(kept) {
    const faces = this.overview.faces.filter((one) => one.state !== "unreadable");
    const placed = (id) => faces.find((one) => one.id === id)?.state !== "missing";
    at("set-face").replaceChildren(
      ...faces.map((one) => new Option(`${one.identity} · ${one.label}`, one.id)),
    );
    const better = faces.findLast((one) => one.state !== "missing");
    if (better) at("set-face").value = better.id;
    at("set-copied").textContent = kept.template;
    const fits = () => {
      at("set-copy").disabled = !placed(at("set-face").value);
      if (at("set-copy").disabled) at("set-empty").checked = true;
    };
    at("set-face").onchange = fits;
    at("set-copy").checked = true;
    fits();
    at("set-begin").returnValue = "";
    at("set-begin").showModal();
    await new Promise((done) => { at("set-begin").onclose = done; });
    if (at("set-begin").returnValue !== "yes") {
      if (!this.draft) location.hash = "#/";
      return;
    }
    const face = at("set-face").value;
    const draft = at("set-copy").checked
      ? await ask(`/api/template/copy/${encodeURIComponent(face)}`)
      : {
        face, name: "own", description: "", points: [], places: [], lines: [], partners: [],
        eyes: [[], []], regions: {}, openings: [],
      };
    await this.load({ version: kept.version, draft });
    this.draft.changed();
    if (!draft.points.length) this.setTool("add");
  }

  async load(kept) {
    this.close();
    const facts = await ask(faceAt(kept.draft.face));
    this.draft = new Draft(kept, facts);
    this.pane = new Pane(at("set-panes"), this.settings);
    const { pane, draft } = this;
    draft.addEventListener("change", (event) => this.onChange(event.detail));
    pane.addEventListener("select", () => this.onSelect());
    pane.addEventListener("view", () => this.where());
    pane.addEventListener("cross", () => {
      this.where();
      this.say(pane.cross.map((v) => v.toFixed(1)).join(", "));
    });
    pane.addEventListener("click-placed", (event) => this.onPlace(event.detail[0]));
    pane.canvas.addEventListener("pointermove", () => this.where());
    pane.extra = (context, points) => this.paintPairs(context, points);
    const image = new Image();
    image.src = await picture(faceAt(kept.draft.face, "/picture"));
    await image.decode();
    await pane.open(draft, image);
    at("set-title").textContent = `Landmark set on ${facts.identity} · ${facts.label}`;
    this.found = [];
    this.proposed = [];
    this.setTool("move");
    this.refresh();
    this.judge();
    pane.canvas.focus({ preventScroll: true });
  }

  get isOpen() {
    return !at("set").hidden;
  }

  async leave() {
    await this.draft?.save();
    this.close();
  }

  close() {
    clearTimeout(this.judging);
    this.pane?.close();
    this.pane = null;
    this.draft = null;
    this.prompt(null);
  }

  // What changes

  onChange(what) {
    if (!this.pane) return;
    this.pane.draw();
    if (what === "edit") {
      const n = this.draft.points.length;
      this.drawn = this.drawn.filter((i) => i < n);
      const kept = [...this.pane.selected].filter((i) => i < n);
      if (kept.length < this.pane.selected.size) this.pane.select(kept);
      this.proposed = this.proposed.filter(
        ({ i, j }) => Math.max(i, j) < n && this.draft.data.partners[i] === null
          && this.draft.data.partners[j] === null,
      );
      this.refresh();
      this.judge();
    }
    if (what === "conflict") this.conflict();
    this.heading();
    this.where();
  }

  onSelect() {
    const { selected } = this.pane;
    for (const item of at("set-points").children) {
      item.setAttribute("aria-selected", selected.has(Number(item.dataset.index)));
    }
    const [one] = selected;
    const item = selected.size === 1 ? at("set-points").children[one] : null;
    item?.scrollIntoView({ block: "nearest" });
    at("set-points").setAttribute("aria-activedescendant", item?.id || "");
    if (item) this.say(this.draft.data.points[one]);
    else if (selected.size) this.say(`${selected.size} landmarks selected`);
    this.buttons();
    this.where();
  }

  where() {
    const { pane, draft } = this;
    if (!pane) return;
    const [one] = pane.selected;
    const place = pane.cross || (pane.selected.size === 1 && draft.points[one])
      || (pane.at && pane.toPhoto(pane.at));
    const text = place ? `${place.map((v) => v.toFixed(1)).join(", ")}   ` : "";
    at("set-where").textContent = `${text}${Math.round(pane.view.scale * 100)} %`;
  }

  prompt(text) {
    at("set-prompt").hidden = !text;
    at("set-prompt").textContent = text || "";
  }

  /** Say what keeps it from being a landmark set, shortly after the last change. */
  judge() {
    clearTimeout(this.judging);
    this.judging = setTimeout(async () => {
      const { draft } = this;
      if (!draft) return;
      try {
        const { findings } = await ask("/api/template/findings", { method: "POST", data: draft.data });
        if (draft !== this.draft) return;
        this.found = findings;
        this.problems();
      } catch {
        // the save says what is wrong
      }
    }, 250);
  }

  // Tools

  setTool(tool) {
    this.tool = tool;
    this.settings.tool = "move";
    this.drawn = [];
    this.pane.endClicks();
    if (tool === "add") this.pane.beginClicks();
    if (tool === "line") this.pane.clicks = [];
    this.prompt(PROMPTS[tool]);
    this.buttons();
    this.pane.draw();
  }

  onPlace(p) {
    const { pane } = this;
    pane.clicks = [];
    if (this.tool === "add") {
      pane.select([this.draft.add(p)]);
      return;
    }
    const i = pane.nearest(pane.toScreen(p), REACH);
    if (i >= 0) this.draw(i);
  }

  /** Lead the line that is drawn to a landmark; a click on its last one takes it back. */
  draw(i) {
    if (this.drawn.at(-1) === i) this.drawn.pop();
    else if (this.drawn.length > 2 && this.drawn[0] === i) return this.endLine(true);
    else if (!this.drawn.includes(i)) this.drawn.push(i);
    this.say(`${this.drawn.length} landmarks on the line, ${this.draft.data.points[i]}`);
    this.pane.select([i]);
    return null;
  }

  /** The landmarks of a line to be, in the order in which they were chosen. */
  ordered() {
    return this.drawn.length ? this.drawn : [...this.pane.selected];
  }

  endLine(isClosed) {
    const points = [...this.ordered()];
    if (points.length < (isClosed ? 3 : 2)) {
      this.prompt(isClosed ? "A closed line joins three landmarks at least" : "A line joins two landmarks at least");
      return;
    }
    this.drawn = [];
    this.draft.change(isClosed ? "Draw a closed line" : "Draw a line", (data) => {
      data.lines.push({ points, closed: isClosed, smooth: true });
    });
    this.prompt(PROMPTS[this.tool]);
    this.say(`A line of ${points.length} landmarks was drawn`);
  }

  rename(name) {
    const [i] = this.pane.selected;
    if (this.pane.selected.size !== 1) return;
    this.draft.change("Rename a landmark", (data) => { data.points[i] = name.trim(); });
  }

  step(by) {
    const n = this.draft.points.length;
    if (!n) return;
    const [from] = this.pane.selected.size ? [...this.pane.selected].slice(-1) : [by > 0 ? -1 : 0];
    this.pane.select([(from + by + n) % n]);
  }

  // Mirror pairs, parts

  async findPairs() {
    if (this.draft.points.length < 2) return;
    const { partners, off } = await ask("/api/template/mirror", { method: "POST", data: this.draft.data });
    const known = this.draft.data.partners;
    this.proposed = partners
      .flatMap((j, i) => (j === null || j < i ? [] : [{ i, j, off: off[i] }]))
      .filter(({ i, j }) => known[i] === null && known[j] === null)
      .sort((a, b) => b.off - a.off);
    this.pairs();
    this.pane.draw();
    this.say(`${this.proposed.length} pairs were found`);
  }

  confirmPairs(pairs) {
    this.draft.pair(pairs);
  }

  dismiss(i) {
    this.proposed = this.proposed.filter((one) => one.i !== i);
    this.pairs();
    this.pane.draw();
  }

  pairSelected() {
    if (this.pane.selected.size === 2) this.draft.pair([[...this.pane.selected]]);
  }

  midline() {
    if (this.pane.selected.size) this.draft.pair([...this.pane.selected].map((i) => [i, i]));
  }

  mark(name, write, chosen) {
    this.draft.change(`Mark the ${name}`, (data) => write(data, chosen));
  }

  async opens(name, points) {
    try {
      const one = await ask("/api/template/edges", {
        method: "POST", data: { draft: this.draft.data, name, points },
      });
      this.draft.change(`Let the ${name} open`, (data) => {
        data.openings = [...data.openings.filter((each) => each.name !== name), one];
      });
    } catch (error) {
      this.prompt(error.message);
    }
  }

  /** Pairs as links across the face while they are looked at, and the line being drawn. */
  paintPairs(context, points) {
    const stroke = (path, colour, dash) => {
      context.setLineDash(dash);
      context.lineWidth = 1.25;
      context.strokeStyle = colour;
      context.stroke(path);
      context.setLineDash([]);
    };
    const links = (pairs) => {
      const path = new Path2D();
      for (const [i, j] of pairs) {
        const [x, y] = points[i];
        if (i === j) path.rect(x - 7, y - 7, 14, 14);
        else {
          path.moveTo(x, y);
          path.lineTo(...points[j]);
        }
      }
      return path;
    };
    if (this.shown === "mirror") {
      const known = this.draft.data.partners.flatMap((j, i) => (j === null || j < i ? [] : [[i, j]]));
      stroke(links(known), COLOURS.pair, []);
      stroke(links(this.proposed.map(({ i, j }) => [i, j])), COLOURS.proposed, [5, 4]);
    }
    if (this.drawn.length) {
      const path = new Path2D();
      this.drawn.forEach((i, k) => (k ? path.lineTo(...points[i]) : path.moveTo(...points[i])));
      context.lineWidth = 3;
      context.strokeStyle = COLOURS.drawn;
      context.stroke(path);
    }
  }

  // The file

  async write(replace = false) {
    await this.draft.save();
    if (this.draft.problem) return;
    try {
      const done = await ask("/api/template/file", {
        method: "POST", data: { draft: this.draft.data, replace },
      });
      if (done.exists) {
        const go = await confirm(
          "Replace it?",
          `There is already ${done.exists.join(" and ")}, with other content.`,
        );
        if (go) await this.write(true);
        return;
      }
      at("set-done-text").textContent =
        `${done.file} is the landmark set; ${done.landmarks} are the places of this photograph.`;
      at("set-done-command").textContent = done.commands[0];
      at("set-done-recipe").textContent = done.commands[1];
      at("set-done").showModal();
    } catch (error) {
      this.tab("check");
      this.prompt(error.message);
    }
  }

  conflict() {
    const { draft } = this;
    at("conflict-text").textContent =
      "The landmark set was changed in another window since it was read here, so nothing was written.";
    const choose = async (mine) => {
      at("conflict").close();
      await draft.resolve(mine);
    };
    at("take-theirs").onclick = () => choose(false);
    at("keep-mine").onclick = () => choose(true);
    at("conflict").oncancel = (event) => event.preventDefault();
    at("conflict").showModal();
  }

  // Listening

  listen() {
    const on = (id, run) => at(id).addEventListener("click", async () => {
      try {
        if (this.draft) await run();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.prompt(error.message);
      }
    });
    on("set-undo", () => this.draft.undo());
    on("set-redo", () => this.draft.redo());
    on("set-write", () => this.write());
    on("set-delete", () => this.draft.remove(this.pane.selected));
    on("set-fit", () => this.pane.fit());
    on("set-in", () => this.zoom(1.25));
    on("set-out", () => this.zoom(0.8));
    on("set-open-line", () => this.endLine(false));
    on("set-closed-line", () => this.endLine(true));
    on("set-find-pairs", () => this.findPairs());
    on("set-confirm-all", () => this.confirmPairs(this.proposed.map(({ i, j }) => [i, j])));
    on("set-pair", () => this.pairSelected());
    on("set-midline", () => this.midline());
    on("set-part-all", () => this.draft.part(this.draft.points.keys()));
    on("set-new", async () => {
      await this.draft.save();
      await this.begin(await ask("/api/template"));
    });
    for (const button of document.querySelectorAll("[data-set-tool]")) {
      button.addEventListener("click", () => this.draft && this.setTool(button.dataset.setTool));
    }
    const field = (id, key, label) => at(id).addEventListener("change", () => {
      this.draft.change(label, (data) => { data[key] = at(id).value.trim(); });
    });
    field("set-name", "name", "Name the landmark set");
    field("set-description", "description", "Describe the landmark set");
    at("set-point-name").addEventListener("change", (event) => this.rename(event.target.value));
    at("set-point-name").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.pane.canvas.focus();
      if (event.key !== "Enter") return;
      this.rename(event.target.value);
      this.step(event.shiftKey ? -1 : 1);
      event.target.value = this.draft.data.points[[...this.pane.selected][0]];
      event.target.select();
    });
    at("set-points").addEventListener("click", (event) => this.pick(event));
    at("set-points").addEventListener("keydown", (event) => this.pickByKey(event));
    at("set-tabs").addEventListener("click", (event) => {
      const name = event.target.closest("[data-tab]")?.dataset.tab;
      if (name) this.tab(name);
    });
    at("set-tabs").addEventListener("keydown", (event) => {
      const tabs = [...at("set-tabs").children];
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
      this.tab(next.dataset.tab);
      next.focus();
    });
    document.addEventListener("keydown", (event) => this.keys(event));
    document.addEventListener("keyup", (event) => {
      if (event.key === " ") this.settings.isPanning = false;
    });
    window.addEventListener("pagehide", () => this.draft?.save({ keepalive: true }));
  }

  pick(event) {
    const item = event.target.closest("li");
    if (!item) return;
    const i = Number(item.dataset.index);
    if (this.tool === "line") this.draw(i);
    else if (event.ctrlKey || event.metaKey || event.shiftKey) this.pane.toggle(i);
    else this.choose([i]);
  }

  pickByKey(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(by);
  }

  zoom(factor) {
    this.pane.zoomAt([this.pane.width / 2, this.pane.height / 2], factor);
  }

  keys(event) {
    if (!this.isOpen || !this.pane || document.querySelector("dialog[open]")) return;
    const inField = event.target.closest("input, select, button, a, [role=tablist]");
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isText = event.target.matches("input:not([type=checkbox])");
    let run;
    if (isCommand && !isText) {
      run = {
        z: () => (event.shiftKey ? this.draft.redo() : this.draft.undo()),
        y: () => this.draft.redo(),
        a: () => this.draft.isPlaced && this.pane.select(this.draft.points.keys()),
        s: () => this.write(),
      }[key];
    } else if (!isText && (!inField || key.length === 1 && key !== " ")) {
      run = this.plainKeys(event, key);
    }
    if (!run) return;
    event.preventDefault();
    run();
  }

  plainKeys(event, key) {
    const { pane } = this;
    const size = event.shiftKey ? 10 : event.altKey ? 0.1 : 1;
    if (this.tool === "add" && pane.clicks) {
      const run = pane.clickKeys(event);
      if (run) return run;
    }
    if (key === "Enter") return () => this.endLine(event.shiftKey);
    if (key === " " && this.tool === "line") {
      return () => pane.selected.size === 1 && this.draw([...pane.selected][0]);
    }
    if (key === " ") return () => { this.settings.isPanning = true; };
    if (key.startsWith("Arrow")) {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
      if (!pane.selected.size) return () => pane.pan(-40 * way[0], -40 * way[1]);
      return () => pane.nudge(way[0] * size, way[1] * size);
    }
    if (event.altKey) return null;
    return {
      v: () => this.setTool("move"),
      p: () => this.setTool("add"),
      l: () => this.setTool("line"),
      m: () => this.pairSelected(),
      i: () => this.midline(),
      e: () => [...pane.selected].forEach((i) => pane.selectFeature(i)),
      f: () => pane.fit(),
      z: () => pane.selected.size && pane.focusOn([...pane.selected]),
      Delete: () => this.draft.remove(pane.selected),
      Backspace: () => this.draft.remove(pane.selected),
      F2: () => {
        this.tab("names");
        at("set-point-name").focus();
        at("set-point-name").select();
      },
      "]": () => this.step(1),
      "[": () => this.step(-1),
      "+": () => this.zoom(1.25),
      "=": () => this.zoom(1.25),
      "-": () => this.zoom(0.8),
      Escape: () => this.escape(),
    }[key];
  }

  escape() {
    if (this.drawn.length) {
      this.drawn = [];
      this.pane.draw();
    } else if (this.tool !== "move") this.setTool("move");
    else if (this.pane.selected.size) this.pane.select([]);
    else location.hash = "#/";
  }
}
