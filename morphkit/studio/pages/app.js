// The page: opening, and the way between the study and a face.

import { ask, open } from "./session.js";
import { Editor } from "./editor.js";
import { LandmarkSet } from "./landmark_set.js";
import { StudyView } from "./study.js";

const at = (id) => document.getElementById(id);
const main = { opening: at("opening"), study: at("study"), editor: at("editor"), set: at("set") };
let overview;
let study;
let editor;
let landmarkSet;

export function say(text) {
  at("status").textContent = text;
}

function show(name) {
  for (const [key, element] of Object.entries(main)) element.hidden = key !== name;
}

function fail(error) {
  at("opening-text").textContent = error.message;
  show("opening");
}

let going = Promise.resolve();

/** Go where the address says: one way after the other, however fast keys come. */
function go() {
  going = going.then(step);
  return going;
}

async function step() {
  const [, kind, id] = location.hash.split("/");
  if (kind === "face" && id && editor.isOpen(decodeURIComponent(id))) return;
  try {
    await editor.leave();
    await landmarkSet.leave();
    if (kind === "face" && id) {
      overview ||= await ask("/api/study");
      show("editor");
      await editor.open(decodeURIComponent(id), overview);
    } else if (kind === "set") {
      overview = await ask("/api/study");
      show("set");
      await landmarkSet.open(overview);
    } else {
      overview = await ask("/api/study");
      show("study");
      study.show(overview);
    }
  } catch (error) {
    fail(error);
  }
}

async function start() {
  study = new StudyView({
    reload: async () => {
      overview = await ask("/api/study");
      study.show(overview);
    },
  });
  editor = new Editor({
    say,
    next: (id, way) => study.neighbour(id, way),
    refresh: async () => {
      overview = await ask("/api/study");
      study.take(overview);
    },
  });
  landmarkSet = new LandmarkSet({ say });
  window.landmarkSet = landmarkSet;
  window.studio = editor; // what the page shows, for its tests and the console
  for (const button of document.querySelectorAll(".help")) {
    button.addEventListener("click", () => at("help").showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      at("help").showModal();
    }
  });
  try {
    await open();
    overview = await ask("/api/study");
  } catch (error) {
    fail(error);
    return;
  }
  document.title = `${overview.name} · morphkit studio`;
  study.take(overview);
  window.addEventListener("hashchange", go);
  await go();
  await study.compare();
}

start();
