// What stands around the photograph: heading, buttons, findings, the list of landmarks.

import { ask, faceAt } from "./session.js";
import { STATES } from "./study.js";

const at = (id) => document.getElementById(id);
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Scroll a list alone, not the panel around it, until an item is seen. */
function scrollTo(list, item) {
  const [top, bottom] = [item.offsetTop, item.offsetTop + item.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

export class Panels {
  onSelect(pane) {
    if (this.active !== pane) this.activate(pane);
    for (const item of at("points").children) {
      item.setAttribute("aria-selected", pane.selected.has(Number(item.dataset.index)));
    }
    this.buttons();
    this.where(pane);
    if (pane.selected.size === 1) {
      const [i] = pane.selected;
      const item = at("points").children[i];
      if (item) scrollTo(at("points"), item);
      at("points").setAttribute("aria-activedescendant", item?.id || "");
      const [x, y] = pane.doc.points[i];
      this.say(`${this.template.points[i]}, ${x.toFixed(1)}, ${y.toFixed(1)}`);
    } else if (pane.selected.size > 1) {
      this.say(`${pane.selected.size} landmarks selected`);
    }
  }

  where(pane) {
    const { selected, doc, at: place } = pane;
    let text = "";
    if (selected.size === 1 && doc.isPlaced) {
      const [i] = selected;
      const [x, y] = doc.points[i];
      text = `${this.template.points[i]}  ${x.toFixed(2)}, ${y.toFixed(2)}`;
    } else if (place || pane.cross) {
      text = (place ? pane.toPhoto(place) : pane.cross).map((v) => v.toFixed(1)).join(", ");
    }
    at("where").textContent = `${text}${text ? "   " : ""}${Math.round(pane.view.scale * 100)} %`;
  }

  refreshAll() {
    this.heading();
    this.list();
    this.features();
    this.findings();
    this.buttons();
    this.ghosts();
  }

  heading() {
    const { facts } = this.doc;
    at("face-name").textContent = `${facts.identity} · ${facts.label}`;
    at("face-state").className = `state ${facts.state}`;
    at("face-state").textContent = STATES[facts.state] || "";
    at("face-chosen").textContent = facts.placement?.face || "";
    const { state, problem, isPlaced } = this.doc;
    const words = { saved: "Saved", saving: "Saving…", waiting: "…", problem };
    at("saved").textContent = isPlaced || problem ? words[state] : "";
    at("saved").classList.toggle("problem", state === "problem");
    at("saved").title = problem;
  }

  buttons() {
    const { doc, selected } = this.active;
    const fixed = doc.isFixed;
    at("undo").disabled = !doc.canUndo || fixed;
    at("redo").disabled = !doc.canRedo || fixed;
    at("undo").title = doc.canUndo ? `Undo: ${doc.edits[doc.position - 1].label} (Ctrl+Z)` : "Undo (Ctrl+Z)";
    at("check").disabled = !doc.isPlaced;
    at("hide").disabled = !selected.size || !doc.facts.holds_hidden;
    const hidden = selected.size > 0 && [...selected].every((i) => doc.hidden.has(i));
    at("hide").setAttribute("aria-pressed", hidden);
    at("mirror").disabled = !selected.size || !this.template.mirror.length;
    at("carry").disabled = fixed || !this.sourcesOf(doc).length;
    at("beside").disabled = !this.otherOf(doc);
    at("beside").setAttribute("aria-pressed", this.panes.length > 1);
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === this.settings.tool);
    }
  }

  tab(name) {
    for (const button of at("tabs").children) {
      const isOpen = button.dataset.tab === name;
      button.setAttribute("aria-selected", isOpen);
      button.tabIndex = isOpen ? 0 : -1;
      at(`tab-${button.dataset.tab}`).classList.toggle("open", isOpen);
    }
  }

  list() {
    const { doc, selected, marks } = this.active;
    at("points").replaceChildren(
      ...this.template.points.map((name, i) => {
        const item = document.createElement("li");
        item.id = `point-${i}`;
        item.dataset.index = i;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", selected.has(i));
        item.append(name);
        const said = [doc.hidden.has(i) && "hidden", marks.get(i)].filter(Boolean);
        if (said.length) {
          const tag = document.createElement("span");
          tag.className = `tag ${marks.get(i) || ""}`;
          tag.textContent = said.join(", ");
          item.append(tag);
        }
        return item;
      }),
    );
  }

  features() {
    const { regions = {} } = this.template;
    const lines = Object.keys(regions).length
      ? regions
      : Object.fromEntries(this.template.lines.map((line, k) => [`line ${k + 1}`, line]));
    at("features").replaceChildren(
      ...Object.entries({ all: this.template.points.map((_, i) => i), ...lines }).map(
        ([name, indices]) => {
          const button = document.createElement("button");
          button.textContent = name;
          button.addEventListener("click", (event) => {
            if (!this.doc.isPlaced) return;
            this.active.select(indices, { add: event.shiftKey });
            if (!event.shiftKey) this.active.focusOn(indices);
          });
          return button;
        },
      ),
    );
  }

  findings() {
    const pane = this.active;
    const found = pane.found || pane.doc.facts.findings;
    pane.marks = new Map();
    for (const one of [...found].reverse()) {
      if (one.severity !== "note") for (const i of one.points) pane.marks.set(i, one.severity);
    }
    at("findings").replaceChildren(
      ...(found.length ? found.map((one) => this.finding(one)) : [this.none()]),
    );
    const n = found.filter((one) => one.severity !== "note").length;
    at("for-findings").textContent = n ? `Findings ${n}` : "Findings";
    pane.draw();
    this.list();
  }

  finding(one) {
    const item = document.createElement("li");
    item.className = one.severity;
    const button = document.createElement("button");
    const text = document.createElement("span");
    const kind = document.createElement("span");
    kind.className = "kind";
    kind.textContent = `${one.severity} · ${one.code}`;
    const remedy = document.createElement("span");
    remedy.className = "remedy";
    remedy.textContent = one.remedy;
    text.append(kind, sentence(one.message), remedy);
    button.append(text);
    button.disabled = !one.points.length;
    button.addEventListener("click", () => this.goTo(one));
    item.append(button);
    if (one.points.length > 1 && one.points.length < this.template.points.length) {
      item.append(this.pointsOf(one));
    }
    return item;
  }

  /** A way to each landmark of a finding, the worst first. */
  pointsOf(one) {
    const list = document.createElement("div");
    list.className = "about";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", `Landmarks of this finding, ${one.code}`);
    list.append(
      ...one.points.map((i) => {
        const button = document.createElement("button");
        button.textContent = this.template.points[i];
        button.addEventListener("click", () => this.goTo({ points: [i] }));
        return button;
      }),
    );
    return list;
  }

  none() {
    const item = document.createElement("li");
    item.className = "none";
    item.textContent = this.doc.isPlaced
      ? "Nothing was found. Look at the lids, lips and brows yourself all the same."
      : "There are no landmarks yet.";
    return item;
  }

  goTo(finding) {
    const { points } = finding;
    if (!points.length || !this.doc.isPlaced) return;
    this.active.select(points);
    this.active.focusOn(points);
    this.active.canvas.focus({ preventScroll: true });
  }

  nextFinding() {
    const found = (this.active.found || this.doc.facts.findings).filter((f) => f.points.length);
    if (!found.length) return;
    this.turnOf = ((this.turnOf ?? -1) + 1) % found.length;
    this.goTo(found[this.turnOf]);
    this.say(found[this.turnOf].message);
  }

  /** Judge the landmarks as they are, shortly after the last edit; answers may overtake. */
  checkSoon() {
    clearTimeout(this.checking);
    const pane = this.active;
    const asked = (this.asked ?? 0) + 1;
    this.asked = asked;
    this.checking = setTimeout(async () => {
      if (!pane.doc.isPlaced) return;
      try {
        const { findings } = await ask(faceAt(pane.doc.id, "/findings"), {
          method: "POST",
          data: { points: pane.doc.points, hidden: [...pane.doc.hidden] },
        });
        if (pane !== this.active || asked !== this.asked) return;
        pane.found = findings;
        this.findings();
      } catch {
        // the save says what is wrong
      }
    }, 500);
  }
}
