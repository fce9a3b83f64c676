// A landmark set in the making: what it is, its history, and saving the draft.

import { ask, Refused } from "./session.js";

/** Milliseconds between the last change and its save. */
const WAIT = 350;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class Draft extends EventTarget {
  constructor({ version, draft }, facts) {
    super();
    this.facts = facts;
    this.hidden = new Set();
    this.isFixed = false;
    this.past = [];
    this.future = [];
    this.take(version, draft);
  }

  take(version, data) {
    this.version = version;
    this.data = data;
    this.isDirty = false;
    this.problem = "";
  }

  say(what) {
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  // What panes ask a document for

  get points() {
    return this.data.places;
  }

  get isPlaced() {
    return this.data.places.length > 0;
  }

  get template() {
    const { points, lines, regions } = this.data;
    return {
      points,
      regions,
      lines: lines.map((one) => one.points),
      closed: lines.map((one) => one.closed),
      smooth: lines.map((one) => one.smooth),
    };
  }

  within([x, y]) {
    const { width, height } = this.facts;
    return [Math.min(Math.max(x, -0.5), width - 0.5), Math.min(Math.max(y, -0.5), height - 0.5)];
  }

  begin() {
    this.before = structuredClone(this.data);
  }

  put(moves) {
    for (const [i, p] of moves) this.data.places[i] = this.within(p);
    this.say("points");
  }

  cancel() {
    if (!this.before) return;
    this.data = this.before;
    this.before = null;
    this.say("points");
  }

  commit(label) {
    const { before } = this;
    this.before = null;
    if (!before || same(before, this.data)) return;
    this.past.push({ label, data: before });
    this.future = [];
    this.changed();
  }

  edit(label, moves) {
    this.change(label, (data) => {
      for (const [i, p] of moves) data.places[i] = this.within(p);
    });
  }

  // Changes

  change(label, run) {
    this.begin();
    run(this.data);
    this.commit(label);
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  travel(from, to) {
    const step = from.pop();
    if (!step) return null;
    to.push({ label: step.label, data: this.data });
    this.data = step.data;
    this.changed();
    return step;
  }

  undo() {
    return this.travel(this.past, this.future);
  }

  redo() {
    return this.travel(this.future, this.past);
  }

  add(p) {
    const names = new Set(this.data.points);
    let number = this.data.points.length + 1;
    while (names.has(`point ${number}`)) number += 1;
    this.change("Add a landmark", (data) => {
      data.points.push(`point ${number}`);
      data.places.push(this.within(p));
      data.partners.push(null);
    });
    return this.data.points.length - 1;
  }

  remove(indices) {
    const gone = new Set(indices);
    const kept = this.data.points.map((_, i) => i).filter((i) => !gone.has(i));
    const now = new Map(kept.map((i, k) => [i, k]));
    const moved = (list) => list.filter((i) => now.has(i)).map((i) => now.get(i));
    this.change(gone.size === 1 ? "Remove a landmark" : `Remove ${gone.size} landmarks`, (data) => {
      data.points = kept.map((i) => data.points[i]);
      data.places = kept.map((i) => data.places[i]);
      data.partners = kept.map((i) => now.get(data.partners[i]) ?? null);
      data.lines = data.lines
        .map((one) => ({ ...one, points: moved(one.points) }))
        .filter((one) => one.points.length);
      data.eyes = data.eyes.map(moved);
      data.regions = Object.fromEntries(
        Object.entries(data.regions).map(([name, part]) => [name, moved(part)]),
      );
      data.openings = data.openings
        .map((one) => ({ ...one, upper: moved(one.upper), lower: moved(one.lower) }))
        .filter((one) => one.upper.length && one.lower.length);
    });
  }

  /** Make two landmarks each other's mirror partners; one is its own on the midline. */
  pair(pairs) {
    this.change(pairs.length === 1 ? "Pair" : `Confirm ${pairs.length} pairs`, (data) => {
      for (const [i, j] of pairs) {
        for (const k of [i, j]) {
          const old = data.partners[k];
          if (old !== null) data.partners[old] = null;
        }
        data.partners[i] = j;
        data.partners[j] = i;
      }
    });
  }

  part(indices) {
    this.change("Remove mirror pairs", (data) => {
      for (const i of indices) {
        const j = data.partners[i];
        if (j !== null) data.partners[j] = null;
        data.partners[i] = null;
      }
    });
  }

  // Saving the draft

  changed() {
    this.isDirty = true;
    this.say("edit");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), WAIT);
  }

  get state() {
    if (this.problem) return "problem";
    if (this.saving) return "saving";
    return this.isDirty ? "waiting" : "saved";
  }

  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer);
    if (this.saving) await this.saving;
    if (!this.isDirty || this.conflict) return;
    this.saving = this.write(keepalive);
    this.say("state");
    await this.saving;
    this.saving = null;
    this.say("state");
    if (this.isDirty && !this.problem) await this.save();
  }

  async write(keepalive) {
    this.isDirty = false;
    try {
      const now = await ask("/api/template", {
        method: "PUT", version: this.version, keepalive, data: this.data,
      });
      this.version = now.version;
      this.problem = "";
    } catch (error) {
      this.isDirty = true;
      this.problem = error.message;
      if (error instanceof Refused && error.status === 409) {
        this.conflict = error.data.now;
        this.say("conflict");
      } else if (error instanceof Refused && error.status === 0) {
        this.timer = setTimeout(() => this.save(), 3000);
      }
    }
  }

  /** After a conflict: go on from what is on disk, or write over it knowingly. */
  async resolve(mine) {
    const theirs = this.conflict;
    this.conflict = null;
    this.problem = "";
    this.version = theirs.version;
    if (mine) {
      await this.save();
    } else {
      this.past.push({ label: "Take what is on disk", data: this.data });
      this.take(theirs.version, theirs.draft);
      this.say("edit");
    }
  }
}
