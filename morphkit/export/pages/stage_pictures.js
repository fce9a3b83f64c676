/* Pictures: loaded before anything begins, drawn pixel by pixel, masked, laid out. */
"use strict";

window.MorphkitPictures = (() => {
  const { study, text, make, wait, fill, shorten } = window.MorphkitPage;
  const { wantedScale, shownScale, isUpright } = window.MorphkitSize;

  /** Loaded pictures by stimulus; kept, so that nothing is fetched during a trial. */
  const pictures = new Map();

  const loadOne = async (id) => {
    const { src, width, height } = study.stimuli[id];
    const image = new Image();
    image.src = src;
    await image.decode();
    if (image.naturalWidth !== width || image.naturalHeight !== height) {
      throw new Error(`${image.naturalWidth} x ${image.naturalHeight}`);
    }
    pictures.set(id, image);
  };

  /** Load all pictures, some at a time; return the names of those that failed. */
  const loadAll = async (report) => {
    const waiting = Object.keys(study.stimuli).filter((id) => !pictures.has(id));
    const failed = [];
    const under = new Set();
    let done = 0;
    const total = waiting.length;
    report(0, Math.max(total, 1), under);
    const work = async () => {
      while (waiting.length) {
        const id = waiting.shift();
        under.add(study.stimuli[id].src);
        try {
          // A lost connection is worth a second try, a missing file is told anyway.
          await loadOne(id).catch(() => wait(300).then(() => loadOne(id)));
        } catch {
          failed.push(study.stimuli[id].src);
        }
        done += 1;
        under.delete(study.stimuli[id].src);
        report(done, total, under);
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    return failed.sort();
  };

  /** The line that an export for the laboratory alone shows before it begins. */
  const labOnly = () =>
    (study.lab_only ? make("p", { class: "mk-remark", "data-mk": "lab-only" }, study.lab_only)
      : null);

  /** Whether the page comes from this computer: its disk, or a server that runs on it. */
  const isHere = () => location.protocol === "file:"
    || ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

  /** Time after which a picture that does not come is named, milliseconds. */
  const SLOW_PICTURE = 8000;

  /** Load every picture before anything begins; stop with the names of missing ones. */
  const preload = async (place) => {
    if (study.lab_only && !isHere()) {
      fill(place, make("main", { class: "mk-page", "data-mk": "not-here" },
        make("h1", {}, text("title")), make("div", { role: "alert" }, labOnly())));
      await new Promise(() => {});
    }
    for (;;) {
      const bar = make("progress", { max: 1, value: 0, "aria-label": text("loading") });
      const slow = make("p", { class: "mk-remark", role: "status" });
      fill(place, make("main", { class: "mk-page" },
        make("p", {}, text("loading")), bar, slow, labOnly()));
      let last = performance.now();
      let under = [];
      // A picture that does not come is named, and goes on loading.
      const watch = setInterval(() => {
        slow.textContent = performance.now() - last > SLOW_PICTURE
          ? text("waiting_for", { file: shorten([...under].sort()).join(", ") }) : "";
      }, 1000);
      const failed = await loadAll((done, total, names) => {
        bar.value = done / total;
        [last, under] = [performance.now(), names];
      });
      clearInterval(watch);
      if (!failed.length) return;
      const again = make("button", { type: "button", class: "mk-button" }, text("retry_button"));
      fill(place, make("main", { class: "mk-page", "data-mk": "missing" },
        make("h1", {}, text("title")),
        make("p", { role: "alert" }, text("error_picture", { file: shorten(failed).join(", ") })),
        make("p", {}, again)));
      await new Promise((resolve) => again.addEventListener("click", resolve, { once: true }));
    }
  };

  /** A place for a picture; `paint` draws it. */
  const placeOf = (id) => make("canvas", { class: "mk-picture", "data-stimulus": id,
    role: "img" });

  /** Draw a picture, or its mask, in the pixels of the screen: it is resampled here or
   * not at all. */
  const paint = (canvas, scale, mask = null) => {
    const ratio = window.devicePixelRatio;
    const { width, height } = study.stimuli[canvas.dataset.stimulus];
    const [across, down] = [width, height].map(
      (size) => Math.max(1, Math.round(size * scale * ratio)));
    Object.assign(canvas, { width: across, height: down });
    canvas.style.width = `${across / ratio}px`;
    canvas.style.height = `${down / ratio}px`;
    const context = canvas.getContext("2d", { alpha: true });
    context.imageSmoothingEnabled = across % width > 0 || down % height > 0;
    context.imageSmoothingQuality = "high";
    context.drawImage(mask ?? pictures.get(canvas.dataset.stimulus), 0, 0, across, down);
  };

  /** Small numbers from a seed, so that a mask is the same whenever it is drawn. */
  const numbers = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  /** Turn a drawn picture into its mask: its own tiles in another order. */
  const scramble = (id, seed) => {
    const image = pictures.get(id);
    const { width, height } = study.stimuli[id];
    const n = 16;
    const draw = numbers(seed);
    const order = Array.from({ length: n * n }, (_, k) => k);
    for (let k = order.length - 1; k > 0; k -= 1) {
      const other = Math.floor(draw() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    const edge = (k, size) => Math.round((k * size) / n);
    const mask = make("canvas", { width, height });
    const context = mask.getContext("2d");
    order.forEach((from, to) => {
      const [a, b, c, d] = [from % n, Math.floor(from / n), to % n, Math.floor(to / n)];
      context.drawImage(image,
        edge(a, width), edge(b, height), edge(a + 1, width) - edge(a, width),
        edge(b + 1, height) - edge(b, height),
        edge(c, width), edge(d, height), edge(c + 1, width) - edge(c, width),
        edge(d + 1, height) - edge(d, height));
    });
    return mask;
  };

  /** Choose one scale for all pictures of a trial: what is wanted, wherever they fit. */
  const fit = (box, groups) => {
    const gap = 16;
    const size = (id) => study.stimuli[id];
    const measure = (stacked) => {
      const widths = groups.map((ids) => (stacked
        ? Math.max(...ids.map((id) => size(id).width))
        : ids.reduce((sum, id) => sum + size(id).width, 0)));
      const heights = groups.map((ids) => (stacked
        ? ids.reduce((sum, id) => sum + size(id).height, 0)
        : Math.max(...ids.map((id) => size(id).height))));
      const inside = groups.length > 1 ? 40 : 0;
      const gapsAcross = inside + gap * (groups.length * (stacked ? 1 : groups[0].length) - 1);
      const gapsDown = stacked ? gap * (groups[0].length - 1) : 0;
      return Math.min(
        (box.clientWidth - gapsAcross) / widths.reduce((sum, w) => sum + w, 0),
        (box.clientHeight - gapsDown) / Math.max(...heights));
    };
    const height = Math.max(...groups.flat().map((id) => size(id).height));
    const wanted = wantedScale(height);
    const across = measure(false);
    const down = measure(true);
    // Triads on a phone that is held upright, pairs where they are larger then.
    const stacked = groups.length > 1 ? down > across && across < wanted
      : groups[0].length === 3 && isUpright();
    const most = Math.max(stacked ? down : across, 0.05);
    return { stacked, wanted, most, height, scale: shownScale(wanted, most) };
  };

  /** Move a picture onto the grid of the screen: between pixels it would be blurred. */
  const toWholePixels = (canvas) => {
    const ratio = window.devicePixelRatio;
    canvas.style.left = canvas.style.top = "0";
    const { x, y } = canvas.getBoundingClientRect();
    const rest = (at) => Math.round(at * ratio) / ratio - at;
    // Not by a transform: that would resample the picture.
    canvas.style.left = `${rest(x)}px`;
    canvas.style.top = `${rest(y)}px`;
  };

  return { preload, labOnly, placeOf, paint, scramble, fit, toWholePixels };
})();
