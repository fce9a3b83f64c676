// What is seen of one photograph: which part of it, and how large.

import { box } from "./geometry.js";

const ZOOM = { least: 0.02, most: 64 };

export class View extends EventTarget {
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
    this.cross = null;
    this.isFitted = false;
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(holder);
  }

  close() {
    this.watch.disconnect();
    this.canvas.remove();
  }

  async open(doc, image) {
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

  resize() {
    const { clientWidth: width, clientHeight: height } = this.holder;
    const ratio = window.devicePixelRatio || 1;
    const old = { width: this.width, height: this.height };
    this.width = width;
    this.height = height;
    if (this.isFitted && old.width > 10 && width > 10) this.keep(old);
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    if (!this.isFitted && width > 10 && this.doc) this.fit();
    this.draw();
  }

  /** Show what was seen before the page, or the tablet, got another shape. */
  keep(old) {
    const middle = this.toPhoto([old.width / 2, old.height / 2]);
    this.view.scale *= Math.min(this.width / old.width, this.height / old.height);
    this.centre(middle);
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

  /** Pan as little as brings a place into view. */
  show(places) {
    const edge = 24;
    for (const place of places) {
      const [x, y] = this.toScreen(place);
      this.pan(
        Math.max(edge - x, 0) - Math.max(x - this.width + edge, 0),
        Math.max(edge - y, 0) - Math.max(y - this.height + edge, 0),
      );
    }
    this.draw();
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

  /** Draw at the next frame. */
  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.doc && this.image) this.paint();
    });
  }
}
