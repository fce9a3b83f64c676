// A frame of the continuum that follows the landmarks as they are moved.

import { picture } from "./session.js";

const at = (id) => document.getElementById(id);

export class Preview {
  constructor() {
    this.moved = {};
    this.isBusy = false;
    this.isWanted = false;
    at("step").addEventListener("input", () => this.want());
    at("continuum").addEventListener("change", () => this.choose());
    at("full").addEventListener("click", () => this.want({ full: true }));
  }

  /** Show the continua of a face; `documents` tells landmarks that are on the page. */
  show(face, documents) {
    this.documents = documents;
    this.continua = face.continua;
    const kept = at("continuum").value;
    at("continuum").replaceChildren(
      ...face.continua.map((one) => new Option(`${one.from} → ${one.to}`, one.name)),
    );
    if (face.continua.some((one) => one.name === kept)) at("continuum").value = kept;
    at("continuum").hidden = face.continua.length < 2;
    this.choose();
  }

  get chosen() {
    return this.continua.find((one) => one.name === at("continuum").value);
  }

  choose() {
    const one = this.chosen;
    at("step").disabled = !one;
    at("full").disabled = !one;
    at("preview").hidden = true;
    at("step-text").textContent = "";
    at("preview-text").textContent = one
      ? ""
      : "No continuum: this face has no other end yet.";
    if (!one) return;
    const last = one.levels.length - 1;
    if (Number(at("step").max) !== last) {
      at("step").max = last;
      at("step").value = Math.round(last / 2);
    }
    this.want();
  }

  move(by) {
    if (at("step").disabled) return;
    at("step").value = Number(at("step").value) + by;
    this.want();
  }

  /** Ask for a frame; while one is on its way, only the latest wish is kept. */
  want({ full = false } = {}) {
    const one = this.chosen;
    if (!one) return;
    const step = Number(at("step").value);
    const level = one.levels[step];
    const text = `step ${step + 1} of ${one.levels.length} · level ${Number(level.toFixed(3))}`;
    at("step-text").textContent = text;
    at("step").setAttribute("aria-valuetext", text);
    const placed = this.documents().filter((doc) => doc.isPlaced).map((doc) => doc.id);
    const missing = one.missing.filter((id) => !placed.includes(id));
    if (missing.length) {
      at("preview").hidden = true;
      const names = missing.map((id) => id.split(".").pop()).join(" and ");
      const verb = missing.length > 1 ? "have" : "has";
      at("preview-text").textContent = `Shown once ${names} ${verb} landmarks.`;
      return;
    }
    this.wish = { continuum: one.name, step, full };
    this.isWanted = true;
    if (!this.isBusy) this.work();
  }

  async work() {
    this.isBusy = true;
    while (this.isWanted) {
      this.isWanted = false;
      const { wish } = this;
      if (wish.full) at("preview-text").textContent = "Making it as a build does…";
      const moved = {};
      for (const doc of this.documents()) {
        if (doc.isPlaced) moved[doc.id] = { points: doc.points, hidden: [...doc.hidden] };
      }
      try {
        const begun = performance.now();
        const found = await picture("/api/preview", {
          method: "POST", data: { ...wish, moved },
        });
        await this.put(found, wish);
        this.latency = performance.now() - begun;
      } catch (error) {
        at("preview-text").textContent = error.message;
      }
    }
    this.isBusy = false;
  }

  async put(address, wish) {
    const image = at("preview");
    const old = this.address;
    image.src = address;
    this.address = address;
    try {
      await image.decode();
    } catch {
      return; // another one has taken its place
    }
    image.hidden = false;
    image.alt = `Preview, ${at("step-text").textContent}`;
    image.dataset.full = wish.full;
    at("preview-text").textContent = "";
    at("full").disabled = wish.full;
    if (old) URL.revokeObjectURL(old);
    this.shown = (this.shown || 0) + 1;
  }
}
