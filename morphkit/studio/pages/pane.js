// One photograph with its landmarks on a canvas: what is seen of it, and what hands do.

import {
  apply, box, distance, mean, softness, traceCurve, turned,
} from "./geometry.js";

const COLOURS = {
  line: "#2ee6d6",
  edge: "rgba(8, 12, 16, 0.75)",
  point: "#ffffff",
  selected: "#ffb020",
  error: "#ff5d5d",
  warning: "#ffd23f",
  ghost: "#ff7ad9",
};
const ZOOM = { least: 0.02, most: 64 };
/** Radius around a point within which it is taken, by the kind of pointer. */
const REACH = { mouse: 14, pen: 16, touch: 26 };
const LOUPE = { size: 132, zoom: 4 };

export class Pane extends EventTarget {
  constructor(holder, settings) {
    super();
    this.settings = settings;
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-describedby", "keys-hint");
    holder.append(this.canvas);
    this.holder = holder;
    this.view = { scale: 1, x: 0, y: 0 };
    this.selected = new Set();
    this.marks = new Map();
    this.hover = -1;
    this.pointers = new Map();
    this.ghost = null;
    this.clicks = null;
    this.isFitted = false;
    this.listen();
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(holder);
  }

  close() {
    this.watch.disconnect();
    this.canvas.remove();
  }

  async show(doc, image) {
    this.doc = doc;
    this.image = image;
    this.selected.clear();
    this.isFitted = false;
    this.canvas.setAttribute(
      "aria-label",
      `Photograph ${doc.facts.identity} ${doc.facts.label} with its landmarks`,
    );
    this.resize();
  }

  // What is seen

  resize() {
    const { clientWidth: width, clientHeight: height } = this.holder;
    const ratio = window.devicePixelRatio || 1;
    this.width = width;
    this.height = height;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    if (!this.isFitted && width > 10 && this.doc) this.fit();
    this.draw();
  }

  /** Show the landmarks with a margin, or the whole photograph. */
  fit(whole = false) {
    const { width, height } = this.doc.facts;
    let area = { x0: -0.5, y0: -0.5, width, height };
    if (!whole && this.doc.isPlaced) {
      const b = box(this.doc.points);
      const margin = 0.18 * Math.max(b.width, b.height);
      area = {
        x0: b.x0 - margin, y0: b.y0 - margin,
        width: b.width + 2 * margin, height: b.height + 2 * margin,
      };
    }
    this.showArea(area);
    this.isFitted = true;
  }

  showArea(area) {
    const scale = Math.min(this.width / area.width, this.height / area.height);
    this.view.scale = Math.min(Math.max(scale, ZOOM.least), ZOOM.most);
    this.centre([area.x0 + area.width / 2, area.y0 + area.height / 2]);
  }

  centre([x, y]) {
    this.view.x = this.width / 2 - x * this.view.scale;
    this.view.y = this.height / 2 - y * this.view.scale;
    this.viewed();
  }

  /** Show some landmarks large. */
  focusOn(indices) {
    const b = box(indices.map((i) => this.doc.points[i]));
    const face = box(this.doc.points);
    const side = Math.max(b.width, b.height, 0.16 * Math.max(face.width, face.height));
    this.showArea({
      x0: (b.x0 + b.x1) / 2 - side, y0: (b.y0 + b.y1) / 2 - side,
      width: 2 * side, height: 2 * side,
    });
  }

  zoomAt([sx, sy], factor) {
    const old = this.view.scale;
    const scale = Math.min(Math.max(old * factor, ZOOM.least), ZOOM.most);
    this.view.x = sx - ((sx - this.view.x) * scale) / old;
    this.view.y = sy - ((sy - this.view.y) * scale) / old;
    this.view.scale = scale;
    this.viewed();
  }

  pan(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.viewed();
  }

  viewed() {
    this.isFitted = true;
    this.draw();
    this.dispatchEvent(new Event("view"));
  }

  toScreen([x, y]) {
    return [x * this.view.scale + this.view.x, y * this.view.scale + this.view.y];
  }

  toPhoto([x, y]) {
    return [(x - this.view.x) / this.view.scale, (y - this.view.y) / this.view.scale];
  }

  // Drawing

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.doc && this.image) this.paint();
    });
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.paintPhoto(context, this.view);
    if (!this.doc.isPlaced) {
      this.paintClicks(context);
      return;
    }
    context.globalAlpha = this.settings.opacity;
    const points = this.doc.points.map((p) => this.toScreen(p));
    if (this.ghost) this.paintGhost(context, points);
    if (this.settings.lines) this.paintLines(context, points, COLOURS.line);
    this.paintPoints(context, points);
    context.globalAlpha = 1;
    this.paintNames(context, points);
    this.paintBox(context);
    this.paintRing(context);
    this.paintClicks(context);
    if (this.loupe) this.paintLoupe(context);
  }

  paintPhoto(context, view) {
    const { width, height } = this.doc.facts;
    context.imageSmoothingEnabled = view.scale < 4;
    context.imageSmoothingQuality = "high";
    context.drawImage(
      this.image,
      view.x - view.scale / 2, view.y - view.scale / 2,
      width * view.scale, height * view.scale,
    );
  }

  paintLines(context, points, colour, { dash = [], weight = 1.5 } = {}) {
    const { lines, closed } = this.doc.template;
    const path = new Path2D();
    lines.forEach((line, k) => {
      const corners = line.map((i) => points[i]);
      if (this.settings.smooth && corners.length > 2) {
        traceCurve(path, corners, closed[k]);
        return;
      }
      corners.forEach((p, i) => (i ? path.lineTo(...p) : path.moveTo(...p)));
      if (closed[k]) path.closePath();
    });
    context.setLineDash(dash);
    context.lineJoin = "round";
    context.lineWidth = weight + 2;
    context.strokeStyle = COLOURS.edge;
    context.stroke(path);
    context.lineWidth = weight;
    context.strokeStyle = colour;
    context.stroke(path);
    context.setLineDash([]);
  }

  radius() {
    const crowd = this.doc.points.length > 200 ? 0.6 : 1;
    const extent = box(this.doc.points).width * this.view.scale;
    const base = Math.min(5, Math.max(2, extent / 110)) * crowd;
    return matchMedia("(pointer: coarse)").matches ? base + 1 : base;
  }

  paintPoints(context, points) {
    const radius = this.radius();
    points.forEach((p, i) => {
      const isSelected = this.selected.has(i);
      const mark = this.marks.get(i);
      const r = isSelected || i === this.hover ? radius + 1.5 : radius;
      if (mark && !isSelected) {
        context.beginPath();
        context.arc(...p, r + 4, 0, 7);
        context.lineWidth = 2;
        context.strokeStyle = COLOURS[mark];
        context.stroke();
      }
      context.beginPath();
      context.arc(...p, r, 0, 7);
      context.lineWidth = 1.5;
      if (this.doc.hidden.has(i)) {
        context.setLineDash([2, 2]);
        context.strokeStyle = COLOURS.edge;
        context.fillStyle = "rgba(8, 12, 16, 0.35)";
        context.fill();
        context.strokeStyle = isSelected ? COLOURS.selected : COLOURS.point;
        context.stroke();
        context.setLineDash([]);
        return;
      }
      context.fillStyle = isSelected ? COLOURS.selected : COLOURS.point;
      context.strokeStyle = COLOURS.edge;
      context.fill();
      context.stroke();
    });
  }

  paintGhost(context, points) {
    const ghost = this.ghost.map((p) => this.toScreen(p));
    if (this.settings.ghost) {
      this.paintLines(context, ghost, COLOURS.ghost, { dash: [5, 4], weight: 1.25 });
    }
    if (!this.settings.arrows) return;
    context.lineWidth = 1.5;
    context.strokeStyle = COLOURS.ghost;
    context.fillStyle = COLOURS.ghost;
    points.forEach((p, i) => {
      const q = ghost[i];
      const far = distance(p, q);
      if (far < 3) return;
      const [u, v] = [(q[0] - p[0]) / far, (q[1] - p[1]) / far];
      context.beginPath();
      context.moveTo(...p);
      context.lineTo(...q);
      context.stroke();
      context.beginPath();
      context.moveTo(...q);
      context.lineTo(q[0] - 6 * u - 3 * v, q[1] - 6 * v + 3 * u);
      context.lineTo(q[0] - 6 * u + 3 * v, q[1] - 6 * v - 3 * u);
      context.fill();
    });
  }

  paintNames(context, points) {
    const shown = this.settings.names ? points.keys() : [];
    const some = new Set(shown);
    if (this.selected.size <= 3) this.selected.forEach((i) => some.add(i));
    if (this.hover >= 0) some.add(this.hover);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    some.forEach((i) => {
      const [x, y] = points[i];
      const text = this.doc.template.points[i] + (this.doc.hidden.has(i) ? " (hidden)" : "");
      const width = context.measureText(text).width;
      const left = x + 12 + width > this.width ? x - 16 - width : x + 10;
      context.fillStyle = "rgba(8, 12, 16, 0.82)";
      context.beginPath();
      context.roundRect(left - 4, y - 9, width + 8, 18, 4);
      context.fill();
      context.fillStyle = "#fff";
      context.fillText(text, left, y + 0.5);
    });
  }

  /** The frame around several selected points, with handles to scale and turn it. */
  handles() {
    if (this.selected.size < 2 || this.settings.tool !== "move") return null;
    const b = box([...this.selected].map((i) => this.toScreen(this.doc.points[i])));
    const [x0, y0, x1, y1] = [b.x0 - 14, b.y0 - 14, b.x1 + 14, b.y1 + 14];
    return {
      x0, y0, x1, y1,
      corners: [[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
      turn: [(x0 + x1) / 2, y0 - 24],
    };
  }

  paintBox(context) {
    if (this.band) {
      const { from, to } = this.band;
      context.fillStyle = "rgba(255, 176, 32, 0.12)";
      context.strokeStyle = COLOURS.selected;
      context.lineWidth = 1;
      context.fillRect(...from, to[0] - from[0], to[1] - from[1]);
      context.strokeRect(...from, to[0] - from[0], to[1] - from[1]);
    }
    const frame = this.handles();
    if (!frame || this.drag?.kind === "points") return;
    context.lineWidth = 1.25;
    context.strokeStyle = COLOURS.selected;
    context.setLineDash([4, 3]);
    context.strokeRect(frame.x0, frame.y0, frame.x1 - frame.x0, frame.y1 - frame.y0);
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(frame.turn[0], frame.y0);
    context.lineTo(...frame.turn);
    context.stroke();
    for (const [x, y] of frame.corners) {
      context.fillStyle = "#16181c";
      context.fillRect(x - 5, y - 5, 10, 10);
      context.strokeRect(x - 5, y - 5, 10, 10);
    }
    context.beginPath();
    context.arc(...frame.turn, 6, 0, 7);
    context.fillStyle = "#16181c";
    context.fill();
    context.stroke();
  }

  paintRing(context) {
    if (this.settings.tool !== "soft" || !this.at) return;
    context.beginPath();
    context.arc(...this.at, this.settings.radius * this.view.scale, 0, 7);
    context.strokeStyle = COLOURS.selected;
    context.lineWidth = 1.25;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }

  paintClicks(context) {
    if (!this.clicks) return;
    this.clicks.forEach((p, k) => {
      const [x, y] = this.toScreen(p);
      context.strokeStyle = COLOURS.selected;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, 9, 0, 7);
      context.moveTo(x - 14, y);
      context.lineTo(x + 14, y);
      context.moveTo(x, y - 14);
      context.lineTo(x, y + 14);
      context.stroke();
      context.fillStyle = "#fff";
      context.font = "bold 12px system-ui, sans-serif";
      context.fillText(String(k + 1), x + 12, y - 12);
    });
  }

  /** What lies under a finger, enlarged and beside it. */
  paintLoupe(context) {
    const p = this.loupe;
    const [sx, sy] = this.toScreen(p);
    const { size } = LOUPE;
    const scale = Math.min(this.view.scale * LOUPE.zoom, ZOOM.most);
    const x = sx < this.width / 2 ? this.width - size - 12 : 12;
    const y = sy < this.height / 2 ? this.height - size - 12 : 12;
    context.save();
    context.beginPath();
    context.arc(x + size / 2, y + size / 2, size / 2, 0, 7);
    context.fillStyle = "#16181c";
    context.fill();
    context.clip();
    const view = {
      scale, x: x + size / 2 - p[0] * scale, y: y + size / 2 - p[1] * scale,
    };
    this.paintPhoto(context, view);
    const near = this.doc.points.map(([a, b]) => [a * scale + view.x, b * scale + view.y]);
    context.globalAlpha = this.settings.opacity;
    if (this.settings.lines) this.paintLines(context, near, COLOURS.line, { weight: 1 });
    context.globalAlpha = 1;
    context.strokeStyle = COLOURS.selected;
    context.lineWidth = 1.25;
    context.beginPath();
    const [cx, cy] = [x + size / 2, y + size / 2];
    for (const [u, v] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(cx + 4 * u, cy + 4 * v);
      context.lineTo(cx + 22 * u, cy + 22 * v);
    }
    context.stroke();
    context.restore();
    context.lineWidth = 2;
    context.strokeStyle = "#fff";
    context.beginPath();
    context.arc(cx, cy, size / 2, 0, 7);
    context.stroke();
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
    if (!this.doc.isPlaced) {
      this.drag = { kind: "pan", last: at };
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

  /** Show another face's landmarks after alignment, or none. */
  setGhost(points, map) {
    this.ghost = points && map ? points.map((p) => apply(map, p)) : null;
    this.draw();
  }
}
