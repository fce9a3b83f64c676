// The photograph and its landmarks, drawn.

import { apply, box, distance, traceCurve } from "./geometry.js";
import { View } from "./view.js";

const COLOURS = {
  line: "#2ee6d6",
  edge: "rgba(8, 12, 16, 0.75)",
  point: "#ffffff",
  selected: "#ffb020",
  error: "#ff5d5d",
  warning: "#ffd23f",
  ghost: "#ff7ad9",
};
const LOUPE = { size: 132, zoom: 4, most: 64 };

export class Painting extends View {
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
    this.extra?.(context, points);
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
    const { lines, closed, smooth } = this.doc.template;
    const path = new Path2D();
    lines.forEach((line, k) => {
      const corners = line.map((i) => points[i]);
      const isCurve = this.settings.smooth && (smooth?.[k] ?? true);
      if (isCurve && corners.length > 2) {
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
    if (this.cross && document.activeElement === this.canvas) this.paintCross(context);
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

  /** The cross that keys move: gaps in its middle leave the place to be seen. */
  paintCross(context) {
    const [x, y] = this.toScreen(this.cross);
    context.beginPath();
    for (const [u, v] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 5 * u, y + 5 * v);
      context.lineTo(x + 28 * u, y + 28 * v);
    }
    context.lineWidth = 4;
    context.strokeStyle = COLOURS.edge;
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = COLOURS.selected;
    context.stroke();
  }

  /** What lies under a finger, enlarged and beside it. */
  paintLoupe(context) {
    const p = this.loupe;
    const [sx, sy] = this.toScreen(p);
    const { size } = LOUPE;
    const scale = Math.min(this.view.scale * LOUPE.zoom, LOUPE.most);
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

  /** Show another face's landmarks after alignment, or none. */
  setGhost(points, map) {
    this.ghost = points && map ? points.map((p) => apply(map, p)) : null;
    this.draw();
  }
}
