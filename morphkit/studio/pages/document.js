// The landmarks of one face as they are on the page: edits, history, and saving.

import { Autosaved } from "./autosaved.js";
import { ask, faceAt } from "./session.js";

export class FaceDocument extends Autosaved {
  constructor(data, template) {
    super();
    this.template = template;
    this.take(data);
  }

  static async load(id, template) {
    return new FaceDocument(await ask(faceAt(id)), template);
  }

  /** Take what the studio says of the face. */
  take(data) {
    this.facts = { ...this.facts, ...data };
    this.id = data.id;
    this.version = data.version;
    this.points = data.points;
    this.hidden = new Set(data.hidden);
    this.edits = data.history.edits;
    this.position = data.history.position;
    this.keptEdits = this.edits.length;
    this.isDirty = false;
  }

  get isPlaced() {
    return this.points !== null;
  }

  get isSaveable() {
    return this.isPlaced;
  }

  // Edits

  /** Begin a movement: what it starts from is remembered until it is done. */
  begin() {
    this.before = { points: this.points.map((p) => [...p]), hidden: new Set(this.hidden) };
  }

  cancel() {
    if (!this.before) return;
    this.points = this.before.points;
    this.hidden = this.before.hidden;
    this.before = null;
    this.say("points");
  }

  /** End a movement: it becomes one edit. */
  commit(label) {
    const { before } = this;
    this.before = null;
    if (!before) return;
    const points = {};
    const hidden = {};
    this.points.forEach((p, i) => {
      const q = before.points[i];
      if (p[0] !== q[0] || p[1] !== q[1]) points[i] = [...q, ...p];
      if (this.hidden.has(i) !== before.hidden.has(i)) {
        hidden[i] = [before.hidden.has(i), this.hidden.has(i)];
      }
    });
    if (!Object.keys(points).length && !Object.keys(hidden).length) return;
    this.edits = this.edits.slice(0, this.position);
    this.keptEdits = Math.min(this.keptEdits, this.position);
    this.edits.push({ label, points, hidden });
    this.position += 1;
    this.changed();
  }

  /** Why nothing can be changed: the file could not hold it. */
  get isFixed() {
    return Boolean(this.facts.fixed);
  }

  /** Make one edit at once. */
  edit(label, moves) {
    if (this.isFixed) return;
    this.begin();
    for (const [i, p] of moves) this.points[i] = this.within(p);
    this.commit(label);
  }

  hide(indices, isHidden) {
    if (this.isFixed) return;
    this.begin();
    for (const i of indices) this.hidden[isHidden ? "add" : "delete"](i);
    this.commit(isHidden ? "Mark as hidden" : "Mark as visible");
  }

  /** Give a face without landmarks its first ones. */
  place(points) {
    if (this.isPlaced) {
      this.edit("Start from three clicks", points.map((p, i) => [i, p]));
      return;
    }
    this.points = points.map((p) => this.within(p));
    this.changed();
  }

  get canUndo() {
    return this.position > 0;
  }

  get canRedo() {
    return this.position < this.edits.length;
  }

  undo() {
    if (!this.canUndo) return null;
    this.position -= 1;
    return this.step(this.edits[this.position], 0);
  }

  redo() {
    if (!this.canRedo) return null;
    const edit = this.edits[this.position];
    this.position += 1;
    return this.step(edit, 1);
  }

  step(edit, way) {
    for (const [i, four] of Object.entries(edit.points)) {
      this.points[i] = four.slice(2 * way, 2 * way + 2);
    }
    for (const [i, two] of Object.entries(edit.hidden || {})) {
      this.hidden[two[way] ? "add" : "delete"](Number(i));
    }
    this.changed();
    return edit;
  }

  // Saving

  changed() {
    this.facts.checked = false;
    super.changed();
  }

  async send(keepalive) {
    const { position } = this;
    const start = this.keptEdits;
    this.keptEdits = this.edits.length; // an edit made meanwhile may shorten it again
    try {
      return await ask(faceAt(this.id, "/landmarks"), {
        method: "PUT",
        version: this.version,
        keepalive,
        data: {
          points: this.points,
          hidden: [...this.hidden].sort((a, b) => a - b),
          start,
          edits: this.edits.slice(start),
          position,
        },
      });
    } catch (error) {
      this.keptEdits = Math.min(start, this.keptEdits);
      throw error;
    }
  }

  accept(now) {
    this.learn(now);
    if (this.isDirty) this.facts.checked = false;
    this.say("saved");
  }

  /** Take what the studio says of the face but for its landmarks. */
  learn({ points, hidden, history, ...facts }) {
    this.facts = { ...this.facts, ...facts };
  }

  /** After a conflict: take what is on disk, or write over it knowingly. */
  async resolve(mine) {
    const theirs = this.settled();
    if (!mine) {
      this.take(theirs);
      this.say("edit");
      return;
    }
    // The edits of this window go on as one step from what is on disk.
    const points = this.points;
    const hidden = this.hidden;
    this.take(theirs);
    if (theirs.points) {
      this.begin();
      this.points = points;
      this.hidden = hidden;
      this.commit("Keep the landmarks of this window");
    } else {
      this.place(points);
    }
    await this.save();
  }

  async mark(checked) {
    await this.save();
    if (this.problem) return;
    const now = await ask(faceAt(this.id, "/checked"), {
      method: "PUT", version: this.version, data: { checked },
    });
    this.learn(now);
    this.say("saved");
  }
}
