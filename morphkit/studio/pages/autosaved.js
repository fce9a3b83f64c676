// What is edited on the page and saved as it is made, against the version it came from.

import { AGAIN, Refused } from "./session.js";

/** Milliseconds between the last change and its save. */
const WAIT = 350;

/**
 * A subclass has `points`, `facts` with the size of the photograph, and says how it is
 * sent (`send`) and what of the answer is taken (`accept`).
 */
export class Autosaved extends EventTarget {
  constructor() {
    super();
    this.saving = null;
    this.timer = 0;
    this.problem = "";
    this.conflict = null;
    this.isDirty = false;
  }

  say(what) {
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  /** The place of the photograph that is nearest to a place. */
  within([x, y]) {
    const { width, height } = this.facts;
    return [Math.min(Math.max(x, -0.5), width - 0.5), Math.min(Math.max(y, -0.5), height - 0.5)];
  }

  /** Put points where a movement has them, without an entry in the history. */
  put(moves) {
    for (const [i, p] of moves) this.points[i] = this.within(p);
    this.say("points");
  }

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

  /** Whether there is anything that can be saved. */
  get isSaveable() {
    return true;
  }

  /** Save now, and again if something changed meanwhile. */
  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer);
    if (this.saving) await this.saving;
    if (!this.isDirty || !this.isSaveable || this.conflict) return;
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
      const now = await this.send(keepalive);
      this.problem = "";
      this.version = now.version;
      this.accept(now);
    } catch (error) {
      this.isDirty = true;
      this.problem = error.message;
      if (error instanceof Refused && error.status === 409) {
        this.conflict = error.data.now;
        this.say("conflict");
        return;
      }
      this.say("problem");
      if (error instanceof Refused && error.status === 0) {
        this.timer = setTimeout(() => this.save(), AGAIN);
      }
    }
  }

  /** End a conflict: return what is on disk. */
  settled() {
    const theirs = this.conflict;
    this.conflict = null;
    this.problem = "";
    return theirs;
  }
}
