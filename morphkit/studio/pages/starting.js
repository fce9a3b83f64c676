// First landmarks, by the detector or from three clicks; questions to the person.

import { Beside } from "./beside.js";
import { confirm, whichFace } from "./dialogs.js";
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
    const carry = document.createElement("button");
    carry.textContent = "Carry from another photograph";
    carry.addEventListener("click", () => {
      this.activate(pane);
      this.carry();
    });
    if (this.overview.detector !== "none") hint.append(detect);
    if (this.sourcesOf(pane.doc).length) hint.append(carry);
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
    await this.placeBy(pane, "/api/detect", { again: true }, "Detecting…");
  }

  /** The other photographs of the person whose landmarks can be carried here. */
  sourcesOf(doc) {
    const state = Object.fromEntries(this.overview.faces.map((one) => [one.id, one.state]));
    const shown = this.panes.filter((one) => one.doc?.isPlaced).map((one) => one.doc.id);
    return doc.facts.siblings.filter(
      (one) => one.id !== doc.id
        && (shown.includes(one.id) || !["missing", "unreadable"].includes(state[one.id])),
    );
  }

  async carry() {
    const pane = this.active;
    const sources = this.sourcesOf(pane.doc);
    if (!sources.length) return;
    const beside = this.panes.find((one) => one !== pane)?.doc.id || this.otherOf(pane.doc);
    at("carry-from").replaceChildren(...sources.map((one) => new Option(one.label, one.id)));
    if (sources.some((one) => one.id === beside)) at("carry-from").value = beside;
    at("carry-text").textContent = pane.doc.isPlaced
      ? "All landmarks of this photograph get new places, region by region as the detector sees the face move. This can be undone."
      : "Region by region, as the detector sees the face move. Those that are less sure become findings, to be confirmed.";
    at("carry-dialog").returnValue = "";
    at("carry-dialog").showModal();
    await new Promise((done) => { at("carry-dialog").onclose = done; });
    if (at("carry-dialog").returnValue !== "yes") return;
    const source = at("carry-from").value;
    for (const one of this.panes) if (one.doc.id === source) await one.doc.save();
    await this.placeBy(pane, "/api/carry", { source, again: true }, "Carrying…");
  }

  /** Have the machine place all landmarks of a face, in the background. */
  async placeBy(pane, path, data, text) {
    await pane.doc.save();
    this.prompt(text);
    try {
      let work = await ask(path, { method: "POST", data: { faces: [pane.doc.id], ...data } });
      while (work.busy) {
        await new Promise((done) => setTimeout(done, 150));
        work = await ask("/api/work");
      }
      const [error] = work.errors;
      if (error?.faces && !data.number) {
        this.prompt(null);
        const number = await whichFace(pane.image, error.faces);
        if (number) await this.placeBy(pane, path, { ...data, number }, text);
        return;
      }
      this.prompt(error?.message || null);
      if (error) return;
      pane.doc.take(await ask(faceAt(pane.doc.id)));
      pane.found = null;
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
