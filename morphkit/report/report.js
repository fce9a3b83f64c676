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

  const enlarged = document.getElementById("enlarged");
  let shown = null; // the continuum in the enlarged view

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
        self.fill();
        if (!enlarged.open) enlarged.showModal();
      },
      fill: () => {
        const picture = enlarged.querySelector("img");
        picture.src = image.src;
        picture.alt = image.alt;
        enlarged.querySelector("figcaption").textContent = `${image.alt} (preview)`;
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
  enlarged.querySelector(".close").addEventListener("click", () => enlarged.close());
  enlarged.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
  enlarged.addEventListener("click", (event) => {
    if (event.target === enlarged) enlarged.close();
  });

  document.querySelectorAll(".continuum").forEach(continuum);
})();
