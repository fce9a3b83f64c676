// What stands beside a landmark set in the making: names, lines, pairs, parts, problems.

const at = (id) => document.getElementById(id);
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const EYES = ["image-left eye", "image-right eye"];
const REGIONS = ["jaw", "brows", "nose", "mouth"];
const OPENINGS = ["mouth", ...EYES];

function made(kind, text, { label, run, className } = {}) {
  const element = document.createElement(kind);
  if (text) element.textContent = text;
  if (label) element.setAttribute("aria-label", label);
  if (className) element.className = className;
  if (run) element.addEventListener("click", run);
  return element;
}

function check(text, label, isOn, run) {
  const whole = made("label", "", { className: "check" });
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = isOn;
  box.setAttribute("aria-label", label);
  box.addEventListener("change", () => run(box.checked));
  whole.append(box, text);
  return whole;
}

export class SetPanels {
  tab(name) {
    for (const button of at("set-tabs").children) {
      const isOpen = button.dataset.tab === name;
      button.setAttribute("aria-selected", isOpen);
      button.tabIndex = isOpen ? 0 : -1;
      at(`set-${button.dataset.tab}`).classList.toggle("open", isOpen);
    }
    this.shown = name;
    this.pane?.draw();
  }

  refresh() {
    const { data } = this.draft;
    at("set-name").value = data.name;
    at("set-description").value = data.description;
    this.heading();
    this.names();
    this.lines();
    this.pairs();
    this.parts();
    this.problems();
    this.buttons();
  }

  heading() {
    const { state, problem, past, future } = this.draft;
    const words = { saved: "Draft kept", saving: "Saving…", waiting: "…", problem };
    at("set-saved").textContent = words[state];
    at("set-saved").classList.toggle("problem", state === "problem");
    at("set-undo").disabled = !past.length;
    at("set-redo").disabled = !future.length;
    at("set-undo").title = past.length ? `Undo: ${past.at(-1).label} (Ctrl+Z)` : "Undo (Ctrl+Z)";
  }

  buttons() {
    const { selected } = this.pane;
    at("set-delete").disabled = !selected.size;
    at("set-open-line").disabled = this.ordered().length < 2;
    at("set-closed-line").disabled = this.ordered().length < 3;
    at("set-pair").disabled = selected.size !== 2;
    at("set-midline").disabled = !selected.size;
    for (const button of document.querySelectorAll("[data-set-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.setTool === this.tool);
    }
    const [one] = selected;
    const isOne = selected.size === 1;
    at("set-point-name").disabled = !isOne;
    if (document.activeElement !== at("set-point-name") || !isOne) {
      at("set-point-name").value = isOne ? this.draft.data.points[one] : "";
    }
  }

  names() {
    const { data } = this.draft;
    const { selected } = this.pane;
    at("set-points").replaceChildren(
      ...data.points.map((name, i) => {
        const item = made("li", name);
        item.id = `set-point-${i}`;
        item.dataset.index = i;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", selected.has(i));
        return item;
      }),
    );
    at("set-points").hidden = !data.points.length;
  }

  choose(indices) {
    this.pane.select(indices);
    if (indices.length) this.pane.focusOn(indices);
  }

  lines() {
    const { data } = this.draft;
    at("set-line-list").replaceChildren(
      ...data.lines.map((line, k) => {
        const item = made("li", "", { className: "entry high" });
        const first = data.points[line.points[0]] ?? "";
        const last = data.points[line.points.at(-1)] ?? "";
        const change = (key) => (isOn) =>
          this.draft.change("Change a line", (now) => { now.lines[k][key] = isOn; });
        item.append(
          made("button", `${first} … ${last}`, {
            className: "link", label: `Line ${k + 1}, ${line.points.length} landmarks, select`,
            run: () => this.choose(line.points),
          }),
          made("span", `${line.points.length} landmarks`, { className: "count" }),
          check("closed", `Line ${k + 1} is closed`, line.closed, change("closed")),
          check("curve", `Line ${k + 1} is a curve`, line.smooth, change("smooth")),
          made("button", "×", {
            className: "icon", label: `Remove line ${k + 1}`,
            run: () => this.draft.change("Remove a line", (now) => { now.lines.splice(k, 1); }),
          }),
        );
        return item;
      }),
    );
  }

  pairs() {
    const { points, partners } = this.draft.data;
    const text = (i, j) => (i === j ? `${points[i]} (midline)` : `${points[i]} ↔ ${points[j]}`);
    const entry = (i, j, ...rest) => {
      const item = made("li", "", { className: "entry" });
      item.append(
        made("button", text(i, j), { className: "link", run: () => this.choose([...new Set([i, j])]) }),
        ...rest,
      );
      return item;
    };
    const proposed = this.proposed.map(({ i, j, off }) =>
      entry(
        i, j,
        made("span", `${Math.round(100 * off)} % off`, { className: "count" }),
        made("button", "✓", {
          className: "icon", label: `Confirm ${text(i, j)}`, run: () => this.confirmPairs([[i, j]]),
        }),
        made("button", "×", {
          className: "icon", label: `Dismiss ${text(i, j)}`, run: () => this.dismiss(i),
        }),
      ));
    const known = partners.flatMap((j, i) => (j === null || j < i ? [] : [[i, j]]));
    at("set-proposed").replaceChildren(...proposed);
    at("set-proposed-title").hidden = !proposed.length;
    at("set-proposed-title").textContent =
      `${proposed.length} found, the most doubtful first: look, then confirm`;
    at("set-confirm-all").hidden = !proposed.length;
    at("set-pair-list").replaceChildren(
      ...known.map(([i, j]) =>
        entry(i, j, made("button", "×", {
          className: "icon", label: `Remove ${text(i, j)}`, run: () => this.draft.part([i]),
        }))),
    );
    const alone = partners.filter((j) => j === null).length;
    at("set-pair-count").textContent =
      `${partners.length - alone} of ${partners.length} landmarks have a partner`;
    at("set-part-all").disabled = alone === partners.length;
  }

  parts() {
    const { eyes, regions, openings } = this.draft.data;
    const row = (name, said, indices, set, clear) => {
      const item = made("li", "", { className: "entry" });
      const select = made("button", name, {
        className: "link", label: `${name}, ${said}, select`, run: () => this.choose(indices),
      });
      select.disabled = !indices.length;
      const take = made("button", "from selected", {
        label: `${name}: take the selected landmarks`, run: set,
      });
      const none = made("button", "×", { className: "icon", label: `${name}: none`, run: clear });
      none.disabled = !indices.length;
      item.append(select, made("span", said, { className: "count" }), take, none);
      return item;
    };
    const put = (name, write) => [
      () => this.mark(name, write, [...this.pane.selected]),
      () => this.mark(name, write, []),
    ];
    const whole = (data) => { data.regions.eyes = data.eyes.flat(); };
    at("set-part-list").replaceChildren(
      ...EYES.map((name, k) =>
        row(name, `${eyes[k].length || "none"}`, eyes[k], ...put(name, (data, chosen) => {
          data.eyes[k] = chosen;
          whole(data);
        }))),
      ...REGIONS.map((name) => {
        const part = regions[name] || [];
        return row(name, `${part.length || "none"}`, part, ...put(name, (data, chosen) => {
          data.regions[name] = chosen;
        }));
      }),
    );
    at("set-opening-list").replaceChildren(
      ...OPENINGS.map((name) => {
        const one = openings.find((each) => each.name === name);
        const around = one ? [...new Set([...one.upper, ...one.lower])] : [];
        const said = one ? `${one.upper.length} over ${one.lower.length}` : "none";
        return row(
          name, said, around, () => this.opens(name, [...this.pane.selected]),
          () => this.draft.change("Remove an opening", (data) => {
            data.openings = data.openings.filter((each) => each.name !== name);
          }),
        );
      }),
    );
  }

  problems() {
    const found = this.found || [];
    const errors = found.filter((one) => one.severity === "error");
    at("set-for-check").textContent = errors.length ? `Check ${errors.length}` : "Check";
    at("set-ready").textContent = errors.length
      ? "This keeps it from being a landmark set:"
      : "It can be saved.";
    this.pane.marks = new Map(errors.flatMap((one) => one.points.map((i) => [i, "error"])));
    at("set-problems").replaceChildren(
      ...found.map((one) => {
        const item = made("li", "", { className: one.severity });
        const button = made("button");
        const text = made("span");
        text.append(
          made("span", one.severity === "error" ? "must be put right" : "may be missing", {
            className: "kind",
          }),
          `${sentence(one.message)}.`,
        );
        button.append(text);
        button.disabled = !one.points.length;
        button.addEventListener("click", () => this.choose(one.points));
        item.append(button);
        return item;
      }),
    );
    this.pane.draw();
  }
}
