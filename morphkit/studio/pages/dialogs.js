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
