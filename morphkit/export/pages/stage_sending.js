/* Sends the answers of a session to where they are kept: one queue, one way to try again,
   one receipt. How a place takes them is a destination's business (send_….js).

   A row is safe when its receipt is there, and not before. Until then it stays in this
   browser and is sent again, by this page and by the next one that is opened here.
*/
"use strict";

window.MorphkitSending = (() => {
  const { study, text, make, wait, fill } = window.MorphkitPage;
  const { saveAsFile, thank } = window.MorphkitSaving;
  const kept = window.MorphkitKept;

  /** Pauses between attempts, milliseconds; the last one again and again. */
  const PAUSES = [500, 1000, 2000, 5000, 10000, 30000];
  /** Time that an answer may take, and that people wait for it at the end, milliseconds. */
  const SLOW_ANSWER = 20000;
  const SLOW_END = 6000;
  /** Time that a page waits at its beginning for answers that were left here. */
  const SLOW_START = 3000;

  /** Destinations by name: settings of the study -> {

        send(session, received): send rows after the first `received`; resolves to how many
          rows the place has now, for good; rejects where it does not say so. An error with
          `taken` says that the place has another row of this session instead,
        whole: nothing is sent before the session is complete,
        resends: rows of earlier sessions in this browser can be sent too }. */
  const destinations = {};

  /** Where answers go; null if they are saved as a file. */
  const destination = () => {
    const { sending } = study;
    return sending ? destinations[sending.to](sending) : null;
  };

  /** Send JSON to an address; return status and JSON of the answer. */
  const request = async (url, data) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), SLOW_ANSWER);
    try {
      const body = JSON.stringify(data);
      const answer = await fetch(url, { method: "POST", body, signal: late.signal,
        headers: { "Content-Type": "application/json" }, credentials: "omit",
        referrerPolicy: "no-referrer",
        // So that a row is not lost with the page; browsers take no long ones.
        keepalive: body.length < 32000 });
      return { status: answer.status, data: await answer.json().catch(() => null) };
    } finally {
      clearTimeout(timer);
    }
  };

  /** The queue of one session, of this page or kept in this browser. */
  class Sender {
    constructor(session, place) {
      this.session = session;
      this.place = place;
      this.received = 0;
      this.failures = 0;
      this.work = null;
      this.hurry = () => {};
    }

    /** How many rows are to be there by now. */
    get due() {
      const { records, complete } = this.session;
      return this.place.whole && !complete ? 0 : records.length;
    }

    /** Send what is new; resolves when everything has its receipt. */
    push() {
      if (!this.work && this.received < this.due) this.work = this.run();
      return this.work ?? Promise.resolve();
    }

    async run() {
      while (this.received < this.due) {
        try {
          const now = await this.place.send(this.session, this.received);
          const went = Number.isInteger(now) && now > this.received;
          // A place that has fewer rows than it had is given them again.
          this.received = Number.isInteger(now) ? Math.min(Math.max(now, 0), this.due) : 0;
          if (!went) throw new Error("no receipt");
          this.failures = 0;
        } catch (error) {
          if (error?.taken) this.part();
          this.failures += 1;
          await this.pause();
        }
      }
      this.work = null;
    }

    /** Two windows went on with one session: this one becomes a session of its own. */
    part() {
      this.session.id = kept.newId();
      kept.put(this.session.key, this.session);
      this.received = 0;
    }

    /** Wait, longer after every failure; `hurry` ends it, and so does a connection. */
    pause() {
      const ms = PAUSES[Math.min(this.failures, PAUSES.length) - 1];
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          window.removeEventListener("online", end);
          this.hurry = () => {};
          resolve();
        };
        // Many pages that were cut off together do not come back together.
        const timer = setTimeout(end, ms * (0.75 + 0.5 * Math.random()));
        window.addEventListener("online", end);
        this.hurry = end;
      });
    }
  }

  /** The queue of a session of this page; null if its answers are saved as a file. */
  const senderOf = (session) => {
    const place = destination();
    return place && new Sender(session, place);
  };

  /** Send what earlier sessions left in this browser; whole ones go when they arrived. */
  const sendKept = async () => {
    const place = destination();
    if (!place?.resends) return;
    const elsewhere = await kept.held();
    const left = kept.all().filter(({ key }) => !elsewhere.has(key));
    const sent = left.map(async (session) => {
      await new Sender(session, place).push();
      if (session.complete) kept.remove(session.key);
    });
    await Promise.race([Promise.all(sent), wait(SLOW_START)]);
  };

  /** End a session: its answers are saved when all of them have their receipts. */
  const deliver = async (screen, session) => {
    fill(screen, make("main", { class: "mk-page", "data-mk": "sending" },
      make("h1", { tabindex: "-1" }, text("title")),
      make("p", { role: "status" }, text("sending"))));
    session.sender.hurry();
    const arrived = session.sender.push().then(() => {
      session.saved();
      thank(screen, session, text("saved"));
      return true;
    });
    const soon = await Promise.race([arrived, wait(SLOW_END)]);
    // They stay in this browser and can be saved to a file; meanwhile it goes on trying.
    if (!soon) saveAsFile(screen, session, { failed: true });
    await arrived;
  };

  /** End a session in the way of this study. */
  const finish = (screen, session) =>
    (session.sender ? deliver(screen, session) : saveAsFile(screen, session));

  return { destinations, request, senderOf, sendKept, finish };
})();
