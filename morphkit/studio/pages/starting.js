// First landmarks, by the detector or from three clicks; questions to the person.

import { Beside } from "./beside.js";
import { confirm } from "./dialogs.js";
import { ask, faceAt } from "./session.js";

const at = (id) => document.getElementById(id);
const CLICKS = [
  "Click the pupil on the left of the picture",
  "Click the pupil on the right of the picture",
  "Click the middle of the mouth",
];

const BY_KEYS = ", or bring the cross there with the arrow keys and press Enter (Esc cancels)";

export class Starting extends Beside {
  emptyHint(pane) {
    if (pane.doc.isPlaced) return;
    const hint = document.createElement("div");
    hint.className = "empty";
    const detect = document.createElement("button");
    detect.className = "primary";
    detect.textContent = "Detect landmarks";
    detect.addEventListener("click", () => {
      this.activate(pane);
      this.detect();
    });
    const clicks = document.createElement("button");
    clicks.textContent = "Start from three clicks";
    clicks.addEventListener("click", () => {
      this.activate(pane);
      this.startClicks();
    });
    if (this.overview.detector !== "none") hint.append(detect);
    hint.append(clicks);
    pane.holder.append(hint);
  }

  async startClicks() {
    const pane = this.active;
    if (pane.doc.isPlaced) {
      const go = await confirm(
        "Start from three clicks?",
        "All landmarks of this face get new places. This can be undone.",
      );
      if (!go) return;
    }
    pane.fit(true);
    pane.beginClicks();
    this.prompt(`${CLICKS[0]}${BY_KEYS}`);
    pane.canvas.focus({ preventScroll: true });
  }

  async onClicks(pane, clicks) {
    if (clicks.length < CLICKS.length) {
      this.prompt(`${CLICKS[clicks.length]}${BY_KEYS}`);
      return;
    }
    this.prompt(null);
    pane.endClicks();
    try {
      const { points } = await ask(faceAt(pane.doc.id, "/start"), {
        method: "POST", data: { clicks },
      });
      pane.doc.place(points);
      pane.fit();
      this.say("Landmarks were placed; correct them now");
    } catch (error) {
      this.prompt(error.message);
    }
  }

  async detect() {
    const pane = this.active;
    if (pane.doc.isPlaced) {
      const go = await confirm(
        "Detect again?",
        "The detector places all landmarks of this face anew. This can be undone.",
      );
      if (!go) return;
    }
    await pane.doc.save();
    this.prompt("Detecting…");
    try {
      let work = await ask("/api/detect", {
        method: "POST", data: { faces: [pane.doc.id], again: true },
      });
      while (work.busy) {
        await new Promise((done) => setTimeout(done, 150));
        work = await ask("/api/work");
      }
      this.prompt(work.errors[0]?.message || null);
      if (work.errors.length) return;
      pane.doc.take(await ask(faceAt(pane.doc.id)));
      pane.doc.say("edit");
      pane.doc.say("saved");
      pane.fit();
      this.preview.show(pane.doc.facts, () => this.panes.map((one) => one.doc));
    } catch (error) {
      this.prompt(error.message);
    }
  }

  prompt(text) {
    at("prompt").hidden = !text;
    at("prompt").textContent = text || "";
  }

  conflict(doc) {
    const { conflict } = doc;
    let far = "";
    if (conflict.points && doc.points) {
      const most = Math.max(...doc.points.map((p, i) => Math.hypot(
        p[0] - conflict.points[i][0], p[1] - conflict.points[i][1])));
      far = ` The two differ by up to ${most.toFixed(1)} px.`;
    }
    at("conflict-text").textContent =
      `${doc.facts.file} was changed by another window or program since it was read here, ` +
      `so nothing was written.${far}`;
    const choose = async (mine) => {
      at("conflict").close();
      await doc.resolve(mine);
      this.active.found = null;
      this.checkSoon();
    };
    at("take-theirs").onclick = () => choose(false);
    at("keep-mine").onclick = () => choose(true);
    at("conflict").oncancel = (event) => event.preventDefault();
    at("conflict").showModal();
  }
}
