// A landmark set in the making: what it is, its history, and saving the draft.

import { Autosaved } from "./autosaved.js";
import { ask } from "./session.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class Draft extends Autosaved {
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

  begin() {
    this.before = structuredClone(this.data);
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

  send(keepalive) {
    return ask("/api/template", {
      method: "PUT", version: this.version, keepalive, data: this.data,
    });
  }

  accept() {}

  /** After a conflict: go on from what is on disk, or write over it knowingly. */
  async resolve(mine) {
    const theirs = this.settled();
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
