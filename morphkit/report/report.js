// Slider, play button, landmarks and the enlarged view. Without it, the page still shows
// every image and every plot.
"use strict";

(() => {
  const caption = (frame) => {
    const { step, level, id } = frame.dataset;
    return `step ${step} · level ${Number(Number(level).toFixed(4))} · ${id}`;
  };

  // The landmarks of an image: the same shares of the anchors as the rendered mesh has.
  const landmarksAt = ({ anchors, weights }, index) =>
    anchors[0].map((_, i) =>
      [0, 1].map((axis) =>
        anchors.reduce((sum, anchor, a) => sum + weights[index][a] * anchor[i][axis], 0),
      ),
    );

  const drawLandmarks = (overlay, found, index) => {
    const points = landmarksAt(found, index).map((p) => p.map((v) => v.toFixed(2)).join(" "));
    const lines = found.lines.map((line) => "M" + line.map((i) => points[i]).join("L"));
    const dots = points.map((p) => `M${p}h0`).join("");
    overlay.querySelector(".lines").setAttribute("d", lines.join(""));
    overlay.querySelector(".under").setAttribute("d", dots);
    overlay.querySelector(".points").setAttribute("d", dots);
  };

  // The names are as large in the window as they are anywhere else, whatever the image.
  // Where they crowd, those that would cover others wait until the pointer is near.
  const LETTERS = 11; // pixels
  const nameLandmarks = (overlay, found, index) => {
    const size = (LETTERS * overlay.viewBox.baseVal.width) / overlay.clientWidth;
    const taken = [];
    const labels = landmarksAt(found, index).map(([x, y], i) => {
      const text = document.createElementNS(overlay.namespaceURI, "text");
      text.setAttribute("x", (x + size / 2).toFixed(2));
      text.setAttribute("y", (y - size / 3).toFixed(2));
      text.setAttribute("font-size", size.toFixed(3));
      text.textContent = found.names[i];
      const [right, low] = [x + size * 0.58 * found.names[i].length, y - size];
      const covers = taken.some((t) => x < t[1] && t[0] < right && Math.abs(low - t[2]) < size);
      text.classList.toggle("crowded", covers);
      if (!covers) taken.push([x, right, low]);
      return text;
    });
    overlay.querySelector(".names").replaceChildren(...labels);
  };

  const pointAt = (overlay, event) => {
    const box = overlay.getBoundingClientRect();
    const away = (text) => {
      const at = text.getBoundingClientRect();
      return Math.hypot(at.left - event.clientX, at.bottom - event.clientY);
    };
    const texts = [...overlay.querySelectorAll("text")];
    const inside = event.clientX < box.right && event.clientY < box.bottom;
    const near = texts.reduce((best, t) => (best && away(best) <= away(t) ? best : t), null);
    for (const text of texts) text.classList.toggle("near", inside && text === near);
  };

  const enlarged = document.getElementById("enlarged");
  const large = enlarged.querySelector(".view");
  let shown = null; // the continuum in the enlarged view
  const opening = new Map(); // anchor of a continuum -> opens the view at a step

  const continuum = (article) => {
    const frames = [...article.querySelectorAll(".frame")];
    const strip = article.querySelector(".strip");
    const player = article.querySelector(".player");
    const view = player.querySelector(".view");
    const image = view.querySelector("img");
    const range = player.querySelector("input[type=range]");
    const output = player.querySelector("output");
    const play = player.querySelector(".play");
    const overlay = view.querySelector(".overlay");
    const found = overlay && JSON.parse(overlay.dataset.landmarks);
    const cursors = [...article.querySelectorAll(".cursor")];
    let current = -1;
    let timer = 0;

    const show = (index) => {
      const next = Math.min(Math.max(index, 0), frames.length - 1);
      if (next === current) return;
      if (current >= 0) {
        frames[current].removeAttribute("aria-current");
        frames[current].tabIndex = -1;
      }
      current = next;
      const frame = frames[current];
      frame.setAttribute("aria-current", "true");
      frame.tabIndex = 0;
      // Only a long strip scrolls; the page itself must not move.
      strip.scrollTop = frame.offsetTop - (strip.clientHeight - frame.offsetHeight) / 2;
      // The picture is in the page once, in the strip; here it is only shown again.
      image.src = frame.querySelector("img").src;
      image.alt = caption(frame);
      range.value = String(current);
      range.setAttribute("aria-valuetext", caption(frame));
      output.textContent = caption(frame);
      for (const cursor of cursors) {
        cursor.setAttribute("x1", frame.dataset.x);
        cursor.setAttribute("x2", frame.dataset.x);
      }
      if (overlay) drawLandmarks(overlay, found, current);
    };

    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = "Play";
    };

    const start = () => {
      let direction = current === frames.length - 1 ? -1 : 1;
      timer = setInterval(() => {
        if (current === frames.length - 1) direction = -1;
        if (current === 0) direction = 1;
        show(current + direction);
      }, Math.max(2400 / frames.length, 50));
      play.textContent = "Pause";
    };

    const self = {
      step: (by) => {
        stop();
        show(current + by);
      },
      enlarge: () => {
        stop();
        shown = self;
        large.style.setProperty("--ratio", image.width / image.height);
        if (!enlarged.open) enlarged.showModal();
        self.fill();
      },
      fill: () => {
        const picture = large.querySelector("img");
        const frame = frames[current];
        const words = enlarged.querySelector("figcaption");
        picture.src = image.src;
        picture.width = image.width;
        picture.height = image.height;
        picture.alt = image.alt;
        words.textContent = `${image.alt} (preview)`;
        // Every pixel of it, where the page lies in its pack.
        const sharp = new Image();
        sharp.onload = () => {
          if (shown !== self || frames[current] !== frame) return;
          picture.src = sharp.src;
          words.textContent = image.alt;
        };
        sharp.src = frame.dataset.file;
        self.mark();
      },
      mark: () => {
        for (const label of enlarged.querySelectorAll(".marks")) label.hidden = !overlay;
        const above = large.querySelector(".overlay");
        const marked = overlay && large.classList.contains("with-landmarks");
        if (!marked) return;
        above.setAttribute("viewBox", overlay.getAttribute("viewBox"));
        drawLandmarks(above, found, current);
        nameLandmarks(above, found, current);
      },
      moveFocus: () => frames[current].focus(),
    };

    frames.forEach((frame, index) => {
      frame.tabIndex = -1;
      frame.setAttribute("aria-label", `${caption(frame)}, enlarge`);
      frame.addEventListener("click", () => {
        stop();
        show(index);
        self.enlarge();
      });
      frame.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        self.step(by);
        self.moveFocus();
      });
    });
    range.addEventListener("input", () => {
      stop();
      show(Number(range.value));
    });
    play.addEventListener("click", () => (timer ? stop() : start()));
    player.querySelector(".enlarge").addEventListener("click", self.enlarge);
    player.querySelector(".first").addEventListener("click", () => self.step(-Infinity));
    player.querySelector(".last").addEventListener("click", () => self.step(Infinity));
    player.querySelector(".landmarks")?.addEventListener("change", (event) => {
      view.classList.toggle("with-landmarks", event.target.checked);
    });
    opening.set(article.id, (step) => {
      const index = frames.findIndex((frame) => frame.dataset.step === step);
      if (index < 0) return false; // of very many images some are shown
      stop();
      show(index);
      self.enlarge();
      return true;
    });
    player.hidden = false;
    article.classList.add("live");
    show(Math.floor((frames.length - 1) / 2));
  };

  const turn = (by) => {
    shown.step(by);
    shown.fill();
  };
  enlarged.querySelector(".previous").addEventListener("click", () => turn(-1));
  enlarged.querySelector(".next").addEventListener("click", () => turn(1));
  const marks = enlarged.querySelector(".landmarks");
  const names = enlarged.querySelector("input.names");
  const mark = () => {
    large.classList.toggle("with-landmarks", marks.checked);
    large.classList.toggle("with-names", names.checked);
    shown.mark();
  };
  marks.addEventListener("change", () => {
    if (!marks.checked) names.checked = false;
    mark();
  });
  names.addEventListener("change", () => {
    if (names.checked) marks.checked = true;
    mark();
  });
  addEventListener("resize", () => shown?.mark());
  large.addEventListener("pointermove", (event) => {
    if (names.checked) pointAt(large.querySelector(".overlay"), event);
  });
  enlarged.querySelector(".close").addEventListener("click", () => enlarged.close());
  enlarged.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
  enlarged.addEventListener("click", (event) => {
    if (event.target === enlarged) enlarged.close();
  });

  document.querySelectorAll(".continuum").forEach(continuum);

  // A picture of a filmstrip opens its image as a whole; without script it is a link to
  // the continuum. Where a strip is wider than the page, the worst step comes into view.
  for (const reel of document.querySelectorAll(".reel")) {
    const worst = reel.querySelector(".at");
    if (worst) reel.scrollLeft = worst.offsetLeft - (reel.clientWidth - worst.offsetWidth) / 2;
  }
  for (const cell of document.querySelectorAll("a.cell")) {
    cell.addEventListener("click", (event) => {
      if (opening.get(cell.hash.slice(1))?.(cell.dataset.step)) event.preventDefault();
    });
  }
})();
