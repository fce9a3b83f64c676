// What hands do on a photograph: choose, drag, turn and scale landmarks; pan and zoom.

import { distance, mean, softness, turned } from "./geometry.js";
import { Painting } from "./painting.js";

/** Radius around a point within which it is taken, by the kind of pointer. */
const REACH = { mouse: 14, pen: 16, touch: 26 };

export const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};
/** How far an arrow key brings the cross, pixels of the screen. */
const STRIDE = { plain: 4, shift: 40, alt: 0.5 };

export class Pane extends Painting {
  constructor(holder, settings) {
    super(holder, settings);
    this.listen();
  }

  // Choosing

  nearest(screen, reach = Infinity) {
    if (!this.doc.isPlaced) return -1;
    let [best, least] = [-1, reach];
    this.doc.points.forEach((p, i) => {
      // Of points at one place, a selected one is meant.
      const far = distance(this.toScreen(p), screen) - (this.selected.has(i) ? 0.5 : 0);
      if (far < least) [best, least] = [i, far];
    });
    return best;
  }

  select(indices, { add = false } = {}) {
    if (!add) this.selected.clear();
    for (const i of indices) this.selected.add(i);
    this.draw();
    this.dispatchEvent(new Event("select"));
  }

  toggle(i) {
    if (!this.selected.delete(i)) this.selected.add(i);
    this.select([], { add: true });
  }

  /** Select the whole lines that a point lies on, else its region. */
  selectFeature(i) {
    const { lines, regions = {} } = this.doc.template;
    const found = lines.filter((line) => line.includes(i)).flat();
    const region = Object.values(regions).find((one) => one.includes(i)) || [i];
    this.select(found.length ? found : region, { add: true });
  }

  // Hands

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.up(event, true));
    canvas.addEventListener("pointerleave", () => {
      this.hover = -1;
      this.at = null;
      this.draw();
    });
    canvas.addEventListener("dblclick", (event) => {
      const i = this.nearest(this.place(event), REACH.mouse);
      if (i >= 0 && this.settings.tool !== "snap") this.selectFeature(i);
    });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("focus", () => this.dispatchEvent(new Event("focus")));
  }

  place(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  wheel(event) {
    event.preventDefault();
    if (event.shiftKey) {
      this.pan(-event.deltaY - event.deltaX, 0);
      return;
    }
    const lines = event.deltaMode === 1 ? 24 : 1;
    const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018));
    this.zoomAt(this.place(event), factor);
  }

  down(event) {
    if (!this.doc) return;
    this.canvas.focus({ preventScroll: true });
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 2) {
      this.beginPinch();
      return;
    }
    if (this.pointers.size > 2) return;
    this.start = at;
    const pans = event.button > 0 || this.settings.isPanning || this.settings.tool === "pan";
    if (pans) {
      this.drag = { kind: "pan", last: at };
      return;
    }
    if (this.clicks) {
      this.drag = { kind: "click" };
      return;
    }
    if (!this.doc.isPlaced || this.doc.isFixed) {
      if (this.doc.isPlaced) this.select([this.nearest(at)]);
      this.drag = { kind: "pan", last: at, adds: true };
      return;
    }
    this.grasp(at, event);
  }

  /** Take hold of a handle, of points, or begin a band. */
  grasp(at, event) {
    const reach = REACH[event.pointerType] || REACH.mouse;
    const frame = this.handles();
    if (frame) {
      const corner = frame.corners.findIndex((c) => distance(c, at) < reach);
      if (distance(frame.turn, at) < reach) {
        this.beginDrag("turn", at);
        return;
      }
      if (corner >= 0) {
        this.beginDrag("scale", at, frame.corners[(corner + 2) % 4]);
        return;
      }
    }
    const isSnapping = this.settings.tool === "snap";
    let i = this.nearest(at, isSnapping ? Infinity : reach);
    if (isSnapping && this.selected.size === 1) [i] = this.selected;
    if (i < 0) {
      this.drag = { kind: event.pointerType === "touch" ? "pan" : "band", last: at };
      if (this.drag.kind === "band") this.drag.adds = event.shiftKey;
      return;
    }
    if (event.shiftKey && !isSnapping) {
      this.toggle(i);
      return;
    }
    if (!this.selected.has(i) || isSnapping) this.select([i]);
    this.beginDrag("points", at);
    this.drag.index = i;
    this.drag.snaps = isSnapping;
    if (isSnapping) this.moveTo(at);
    this.loupe = this.doc.points[i];
    this.draw();
  }

  beginDrag(kind, at, anchor) {
    this.doc.begin();
    this.drag = { kind, from: this.toPhoto(at), last: at };
    this.drag.start = new Map([...this.selected].map((i) => [i, [...this.doc.points[i]]]));
    this.drag.centre = mean([...this.drag.start.values()]);
    if (anchor) this.drag.anchor = this.toPhoto(anchor);
    if (kind === "points" && this.settings.tool === "soft") {
      const held = [...this.drag.start.values()];
      this.drag.shares = this.doc.points.map((p) =>
        Math.max(...held.map((q) => softness(distance(p, q), this.settings.radius))));
      this.drag.all = this.doc.points.map((p) => [...p]);
    }
  }

  beginPinch() {
    if (this.drag && !["pan", "band", "click"].includes(this.drag.kind)) this.doc.cancel();
    this.band = null;
    this.loupe = null;
    const [a, b] = [...this.pointers.values()];
    this.drag = { kind: "pinch", apart: distance(a, b), middle: mean([a, b]) };
  }

  move(event) {
    const at = this.place(event);
    this.at = at;
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at);
    if (!this.drag) {
      if (event.pointerType !== "touch" && this.doc) {
        const reach = this.settings.tool === "snap" ? Infinity : REACH.mouse;
        const hover = this.nearest(at, reach);
        if (hover !== this.hover || this.settings.tool === "soft") this.draw();
        this.hover = hover;
      }
      return;
    }
    this[`drag_${this.drag.kind}`](at, event);
  }

  drag_pan(at) {
    const { last } = this.drag;
    this.drag.last = at;
    this.pan(at[0] - last[0], at[1] - last[1]);
  }

  drag_pinch() {
    if (this.pointers.size < 2) return;
    const [a, b] = [...this.pointers.values()];
    const [apart, middle] = [distance(a, b), mean([a, b])];
    const { drag } = this;
    this.view.x += middle[0] - drag.middle[0];
    this.view.y += middle[1] - drag.middle[1];
    if (drag.apart > 0) this.zoomAt(middle, apart / drag.apart);
    drag.apart = apart;
    drag.middle = middle;
  }

  drag_click() {}

  drag_band(at) {
    if (distance(this.start, at) < 4) return;
    this.band = { from: this.start, to: at };
    const [x0, x1] = [Math.min(this.start[0], at[0]), Math.max(this.start[0], at[0])];
    const [y0, y1] = [Math.min(this.start[1], at[1]), Math.max(this.start[1], at[1])];
    const inside = this.doc.points
      .map((p, i) => [this.toScreen(p), i])
      .filter(([[x, y]]) => x >= x0 && x <= x1 && y >= y0 && y <= y1)
      .map(([, i]) => i);
    this.select(inside, { add: this.drag.adds });
  }

  drag_points(at) {
    this.moveTo(at);
    this.loupe = this.doc.points[this.drag.index];
  }

  moveTo(at) {
    const { drag } = this;
    const to = this.toPhoto(at);
    if (drag.snaps) {
      this.doc.put([[drag.index, to]]);
      return;
    }
    const [dx, dy] = [to[0] - drag.from[0], to[1] - drag.from[1]];
    if (drag.shares) {
      this.doc.put(
        drag.all
          .map((p, i) => [i, [p[0] + dx * drag.shares[i], p[1] + dy * drag.shares[i]]])
          .filter(([i]) => drag.shares[i] > 0.004),
      );
      return;
    }
    this.doc.put([...drag.start].map(([i, p]) => [i, [p[0] + dx, p[1] + dy]]));
  }

  drag_turn(at) {
    const { centre, start, from } = this.drag;
    const bearing = ([x, y]) => Math.atan2(x - centre[0], centre[1] - y);
    const angle = bearing(this.toPhoto(at)) - bearing(from);
    this.transform(turned([...start.values()], centre, (-angle * 180) / Math.PI));
  }

  drag_scale(at) {
    const { anchor, from, start } = this.drag;
    const to = this.toPhoto(at);
    const [u, v] = [from[0] - anchor[0], from[1] - anchor[1]];
    const along = (to[0] - anchor[0]) * u + (to[1] - anchor[1]) * v;
    const scale = Math.max(0.05, along / (u * u + v * v));
    this.transform(turned([...start.values()], anchor, 0, scale));
  }

  transform(points) {
    this.doc.put([...this.drag.start.keys()].map((i, k) => [i, points[k]]));
  }

  up(event, cancelled = false) {
    this.pointers.delete(event.pointerId);
    const { drag } = this;
    if (!drag) return;
    if (drag.kind === "pinch") {
      if (this.pointers.size === 0) this.drag = null;
      return;
    }
    this.drag = null;
    this.loupe = null;
    const at = this.place(event);
    const isClick = distance(this.start, at) < 4;
    if (["points", "turn", "scale"].includes(drag.kind)) {
      if (cancelled) this.doc.cancel();
      else this.doc.commit(this.label(drag));
    } else if (drag.kind === "click" && !cancelled) {
      this.clicked(this.toPhoto(at));
    } else if (isClick && !drag.adds && this.doc.isPlaced && event.button === 0) {
      this.select([]);
    }
    this.band = null;
    this.draw();
  }

  label(drag) {
    if (drag.kind === "turn") return "Turn";
    if (drag.kind === "scale") return "Scale";
    const { points } = this.doc.template;
    const n = drag.start.size;
    const what = n === 1 ? `“${points[drag.index]}”` : `${n} landmarks`;
    return `${drag.shares ? "Softly move" : "Move"} ${what}`;
  }

  clicked(p) {
    this.clicks.push(p);
    this.draw();
    this.dispatchEvent(new CustomEvent("click-placed", { detail: this.clicks }));
  }

  // Places, by clicks or with a cross that keys move

  beginClicks() {
    this.clicks = [];
    this.cross = this.toPhoto([this.width / 2, this.height / 2]);
    this.draw();
  }

  endClicks() {
    this.clicks = null;
    this.cross = null;
    this.draw();
  }

  /** What a key does while places are chosen; null if nothing. */
  clickKeys(event) {
    if (!this.cross) return null;
    if (event.key === "Enter") return () => this.clicked([...this.cross]);
    if (!(event.key in ARROWS)) return null;
    const stride = STRIDE[event.shiftKey ? "shift" : event.altKey ? "alt" : "plain"];
    return () => {
      const { width, height } = this.doc.facts;
      const to = this.cross.map(
        (v, axis) => v + (ARROWS[event.key][axis] * stride) / this.view.scale,
      );
      this.cross = [
        Math.min(Math.max(to[0], -0.5), width - 0.5),
        Math.min(Math.max(to[1], -0.5), height - 0.5),
      ];
      this.show([this.cross]);
      this.dispatchEvent(new Event("cross"));
    };
  }

  // By keys

  nudge(dx, dy) {
    if (!this.selected.size) return;
    const moves = [...this.selected].map((i) => {
      const [x, y] = this.doc.points[i];
      return [i, [x + dx, y + dy]];
    });
    this.doc.edit(this.selected.size === 1 ? "Nudge a landmark" : "Nudge", moves);
  }

  turn(degrees, scale = 1) {
    if (this.selected.size < 2) return;
    const indices = [...this.selected];
    const points = indices.map((i) => this.doc.points[i]);
    const moved = turned(points, mean(points), degrees, scale);
    this.doc.edit(degrees ? "Turn" : "Scale", indices.map((i, k) => [i, moved[k]]));
  }
}
