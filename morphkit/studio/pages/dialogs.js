// Questions to the person.

const at = (id) => document.getElementById(id);

/** Ask, and return whether the answer is yes. */
export function confirm(title, text) {
  at("ask-title").textContent = title;
  at("ask-text").textContent = text;
  at("ask").showModal();
  return new Promise((done) => {
    at("ask-yes").onclick = () => at("ask").close("yes");
    at("ask-no").onclick = () => at("ask").close("no");
    at("ask").onclose = () => {
      done(at("ask").returnValue === "yes");
      at("ask").returnValue = "";
    };
  });
}

/**
 * Ask which of several faces in a photograph is meant, by its number from 1; null if
 * none. None is chosen beforehand: the largest need not be the one.
 */
export async function whichFace(image, faces) {
  const dialog = at("which-dialog");
  const picture = at("which-picture");
  const buttons = faces.map(() => Object.assign(document.createElement("input"), {
    type: "radio", name: "which-face", required: true,
  }));
  at("which-faces").replaceChildren(...faces.map(([x, y, width, height], i) => {
    buttons[i].value = i + 1;
    const label = document.createElement("label");
    label.append(buttons[i], `${i + 1}: ${width} × ${height} pixels, at ${x}, ${y}`);
    return label;
  }));
  const draw = () => drawFaces(picture, image, faces, buttons.findIndex((one) => one.checked));
  at("which-faces").onchange = draw;
  picture.onclick = (event) => {
    const box = picture.getBoundingClientRect();
    const scale = image.naturalWidth / box.width;
    const i = faceAround(faces, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
    if (i < 0) return;
    buttons[i].checked = true;
    buttons[i].focus();
    draw();
  };
  draw();
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((done) => { dialog.onclose = done; });
  if (dialog.returnValue !== "yes") return null;
  return 1 + buttons.findIndex((one) => one.checked);
}

/** The smallest face whose box holds a place of the photograph; -1 if none does. */
function faceAround(faces, x, y) {
  let found = -1;
  faces.forEach(([left, top, width, height], i) => {
    const inside = x >= left && x <= left + width && y >= top && y <= top + height;
    if (inside && (found < 0 || width * height < faces[found][2] * faces[found][3])) found = i;
  });
  return found;
}

/** Draw a photograph, made small, with boxes around faces and their numbers. */
function drawFaces(canvas, image, faces, chosen) {
  const scale = Math.min(1, 640 / image.naturalWidth, 480 / image.naturalHeight);
  canvas.width = Math.round(scale * image.naturalWidth);
  canvas.height = Math.round(scale * image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  context.font = "bold 22px sans-serif";
  faces.forEach((box, i) => {
    const [x, y, width, height] = box.map((v) => scale * v);
    const line = i === chosen ? 5 : 2;
    for (const [colour, thick] of [["#000", line + 3], ["#ffe600", line]]) {
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.strokeRect(x, y, width, height);
    }
    context.lineWidth = 5;
    context.strokeStyle = "#000";
    context.fillStyle = "#ffe600";
    const place = [Math.max(x, 0) + 8, Math.max(y, 0) + 26];
    context.strokeText(i + 1, ...place);
    context.fillText(i + 1, ...place);
  });
}
