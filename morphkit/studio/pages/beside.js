// Several labels of one person: the strip, two panes with one zoom, ghosts.

import { apply, fit, inverse, scaleOf } from "./geometry.js";
import { Panels } from "./panels.js";
import { ask, faceAt, picture } from "./session.js";

const at = (id) => document.getElementById(id);

export class Beside extends Panels {
  async strip() {
    const { facts, id } = this.panes[0].doc;
    const items = facts.siblings.map((one) => {
      const item = document.createElement("div");
      item.className = "one";
      item.classList.toggle("here", one.id === id);
      item.classList.toggle("beside", this.panes.length > 1 && this.panes[1].doc.id === one.id);
      const link = document.createElement("a");
      link.href = `#/face/${encodeURIComponent(one.id)}`;
      if (one.id === id) link.setAttribute("aria-current", "true");
      const image = document.createElement("img");
      image.alt = "";
      picture(faceAt(one.id, "/thumbnail")).then((address) => { image.src = address; }, () => {});
      link.append(image, one.label);
      item.append(link);
      if (one.id !== id) {
        const button = document.createElement("button");
        button.textContent = "beside";
        button.setAttribute("aria-label", `Show ${one.label} beside`);
        button.addEventListener("click", () => this.showBeside(one.id));
        item.append(button);
      }
      return item;
    });
    at("strip").replaceChildren(...items);
    at("strip").hidden = facts.siblings.length < 2;
  }

  async showBeside(id) {
    if (this.isChanging) return;
    this.isChanging = true;
    try {
      await this.changeBeside(id);
    } finally {
      this.isChanging = false;
    }
  }

  async changeBeside(id) {
    const [first, second] = this.panes;
    const shown = second?.doc.id;
    if (second) {
      await second.doc.save();
      second.close();
      second.holder.remove();
      this.panes.pop();
      this.activate(first);
    }
    this.isBeside = Boolean(id) && shown !== id;
    if (this.isBeside) await this.makePane(id);
    this.strip();
    this.ghosts();
    this.buttons();
    first.resize();
    first.fit();
  }

  /** The map from the face of one pane to that of another. */
  between(one, other) {
    if (!one.doc.isPlaced || !other.doc.isPlaced) return null;
    return fit(one.doc.points, other.doc.points);
  }

  /** Zoom the other pane to the same part of its face. */
  follow(pane) {
    this.where(pane);
    if (this.isFollowing || this.panes.length < 2) return;
    const other = this.panes.find((one) => one !== pane);
    const map = this.between(pane, other);
    if (!map || !pane.width) return;
    this.isFollowing = true;
    const middle = pane.toPhoto([pane.width / 2, pane.height / 2]);
    other.view.scale = pane.view.scale / scaleOf(map);
    other.centre(apply(map, middle));
    this.isFollowing = false;
  }

  async ghosts() {
    const [first, second] = this.panes;
    const wanted = this.settings.ghost || this.settings.arrows;
    if (second) {
      const map = wanted && this.between(second, first);
      first.setGhost(second.doc.points, map);
      second.setGhost(first.doc.points, map && inverse(map));
      return;
    }
    const other = wanted && first && this.otherOf(first.doc);
    if (!other) {
      first?.setGhost(null);
      return;
    }
    if (this.ghostOf?.id !== other) {
      this.ghostOf = await ask(faceAt(other)).catch(() => null);
    }
    const { points } = this.ghostOf || {};
    if (!points || !first.doc.isPlaced) return;
    first.setGhost(points, fit(points, first.doc.points));
  }
}
