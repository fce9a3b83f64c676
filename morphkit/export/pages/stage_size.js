/* How large pictures are on the screen: measured with a bank card and, for the distance
   of the eyes, with the blind spot; and at which scale they are shown.

   Li, Q., Joo, S. J., Yeatman, J. D., & Reinecke, K. (2020). Controlling for
   participants' viewing distance in large-scale, psychophysical online experiments using
   a virtual chinrest. Scientific Reports, 10, 904. doi:10.1038/s41598-019-57204-1
*/
"use strict";

window.MorphkitSize = (() => {
  const { study, text, make, fill, showPage } = window.MorphkitPage;
  const { refuse, waitForWindow } = window.MorphkitEntry;
  const { screen } = study.participation;

  /** A bank card, ISO/IEC 7810 ID-1, millimetres. */
  const CARD = { long: 85.6, short: 53.98 };
  /** From fixation to where the blind spot begins, degrees (Li et al. 2020). */
  const BLIND_SPOT = 13.5;
  /** Sweeps of the dot, of which the mean is taken; its first place and speed, mm. */
  const SWEEPS = 5;
  const [FIRST, SPEED] = [40, 20];
  /** Width of the window that the dot needs, mm: enough for eyes at 60 cm. */
  const SWEEP_WIDTH = 160;
  /** Distances at which people sit in front of a screen, millimetres. */
  const [NEAREST, FARTHEST] = [200, 1500];

  const radians = (degrees) => (degrees * Math.PI) / 180;
  const digits = (value, n) => Math.round(value * 10 ** n) / 10 ** n;

  /** What was measured: pixels of the screen for a millimetre, distance of the eyes. */
  let perMm = null;
  let distance = null;
  let spread = null;

  /** Whether the window is that of a phone that is held upright. */
  const isUpright = () => window.innerWidth < 620 && window.innerHeight > window.innerWidth;

  /** Ask for the size of a card; keep how many pixels of the screen are a millimetre. */
  const askCard = async (place) => {
    const [wide, high] = isUpright() ? [CARD.short, CARD.long] : [CARD.long, CARD.short];
    const most = Math.max(160, Math.min(window.innerWidth - 48, 1200));
    const slider = make("input", { type: "range", class: "mk-slider", min: 120, max: most,
      step: 0.5, value: Math.min(320, most), "aria-label": text("card_slider") });
    const corner = make("div", { class: "mk-corner" });
    const card = make("div", { class: "mk-card" }, corner);
    const lay = () => {
      card.style.width = `${slider.value}px`;
      card.style.height = `${(slider.value * high) / wide}px`;
    };
    lay();
    let moved = false;
    const move = (to) => {
      slider.value = to;
      moved = true;
      lay();
    };
    slider.addEventListener("input", () => move(slider.value));
    corner.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      corner.setPointerCapture(event.pointerId);
      const from = slider.value - event.clientX;
      const drag = ({ clientX }) => move(from + clientX);
      corner.addEventListener("pointermove", drag);
      corner.addEventListener("lostpointercapture",
        () => corner.removeEventListener("pointermove", drag), { once: true });
    });
    // A card that nobody has moved was not measured.
    do {
      await showPage(place, { kind: "card", title: text("title"),
        words: [text("card_hint"), card, slider] });
    } while (!moved);
    perMm = (slider.value * window.devicePixelRatio) / wide;
  };

  /** One sweep of the dot; return where it disappeared, mm from the square. */
  const sweep = (dot, reach) => new Promise((resolve) => {
    const css = perMm / window.devicePixelRatio;
    let start = performance.now();
    let frame = 0;
    let drawn = FIRST;
    const at = (now) => FIRST + (SPEED * (now - start)) / 1000;
    const step = (now) => {
      if (at(now) > reach) start = now; // once more from the beginning
      drawn = Math.max(FIRST, at(now));
      dot.style.right = `${drawn * css}px`;
      frame = requestAnimationFrame(step);
    };
    const press = (event) => {
      if (event.type === "keydown" && (event.key !== " " || event.repeat)) return;
      event.preventDefault();
      cancelAnimationFrame(frame);
      document.removeEventListener("keydown", press);
      document.removeEventListener("pointerdown", press);
      // Where it stood: a page that falls behind has not moved it since its last frame.
      resolve(Math.min(drawn, at(event.timeStamp)));
    };
    document.addEventListener("keydown", press);
    document.addEventListener("pointerdown", press);
    frame = requestAnimationFrame(step);
  });

  /** Measure the distance of the eyes by the place where a dot disappears. */
  const findBlindSpot = async (place) => {
    let words = text("blind_spot_hint", { times: SWEEPS });
    const css = perMm / window.devicePixelRatio;
    // A telephone does not become wider, whichever way it is held.
    if (Math.max(window.screen.width, window.screen.height) < SWEEP_WIDTH * css) await refuse(place);
    for (;;) {
      await showPage(place, { kind: "blind-spot", title: text("title"), words: [words] });
      await waitForWindow(place, [SWEEP_WIDTH * css, 0]);
      const dot = make("div", { class: "mk-spot" });
      const field = make("div", { class: "mk-sweep" }, make("div", { class: "mk-square" }), dot);
      fill(place, make("main", { class: "mk-field", "data-mk": "sweep" },
        make("h1", { class: "mk-unseen" }, text("title")), field));
      const found = [];
      while (found.length < SWEEPS) {
        dot.hidden = true;
        await new Promise((resolve) => { setTimeout(resolve, 500); });
        dot.style.right = `${FIRST * css}px`;
        dot.hidden = false;
        const reach = (field.clientWidth * window.devicePixelRatio) / perMm;
        found.push(await sweep(dot, reach));
      }
      const far = found.map((mm) => mm / Math.tan(radians(BLIND_SPOT)));
      const mean = far.reduce((sum, one) => sum + one, 0) / SWEEPS;
      const squares = far.reduce((sum, one) => sum + (one - mean) ** 2, 0);
      [distance, spread] = [mean, Math.sqrt(squares / (SWEEPS - 1))];
      if (distance >= NEAREST && distance <= FARTHEST) return;
      words = text("blind_spot_far");
    }
  };

  /** Measure what the study needs to know; after a reload again: it may be another screen. */
  const measure = async (place) => {
    if (!screen) return;
    await askCard(place);
    if (screen.blind_spot) {
      await findBlindSpot(place);
    } else {
      distance = 10 * screen.distance_cm;
      await showPage(place, { kind: "distance", title: text("title"),
        words: [text("distance_hint", { distance: screen.distance_cm })] });
    }
  };

  /** Scale at which a picture is to be shown: pixels of the page for one of its own. */
  const wantedScale = (height) => {
    if (!screen?.picture_height_deg) return 1;
    const mm = 2 * distance * Math.tan(radians(screen.picture_height_deg) / 2);
    return (mm * perMm) / (height * window.devicePixelRatio);
  };

  /** Scale that is shown where `wanted` is asked for and `most` fits.
   *
   * One pixel of a picture is a whole number of pixels of the screen, so that nothing is
   * smoothed: the nearest such size, unless the study has a size in degrees that counts
   * more, or the window is too small for any. */
  const shownScale = (wanted, most) => {
    const ratio = window.devicePixelRatio;
    const aim = Math.min(wanted, most);
    if (screen && !screen.whole_pixels) return aim;
    const fits = Math.floor(most * ratio + 1e-6);
    if (fits < 1) return aim;
    const below = Math.max(1, Math.floor(aim * ratio + 1e-6));
    const nearest = below * (below + 1) < (aim * ratio) ** 2 ? below + 1 : below;
    return Math.min(nearest, fits) / ratio;
  };

  /** Columns of a row: the size of the tallest picture, and how it became that. */
  const columns = (shown) => {
    const { scale, wanted, most, height } = shown ?? { scale: 1, wanted: 1, most: 1, height: 1 };
    const mm = perMm && (height * scale * window.devicePixelRatio) / perMm;
    const each = scale * window.devicePixelRatio;
    const whole = Math.abs(each - Math.round(each)) < 1e-6;
    return {
      picture_scale: digits(scale, 4),
      picture_fit: digits(Math.min(1, most / wanted), 4),
      resampling: !whole ? "smooth" : Math.round(each) === 1 ? "exact" : "whole",
      ...(screen ? {
        picture_height_deg: digits(
          (360 / Math.PI) * Math.atan(mm / (2 * distance)), 3),
        pixels_per_mm: digits(perMm, 4),
        distance_cm: digits(distance / 10, 1),
        distance_sd_cm: spread === null ? "" : digits(spread / 10, 1),
        distance_by: screen.blind_spot ? "blind-spot" : "stated",
      } : {}),
    };
  };

  return { measure, wantedScale, shownScale, isUpright, columns };
})();
