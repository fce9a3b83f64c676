/* A session: what one participant does and answered, from its first screen on or from
   where it was broken off.
*/
"use strict";

window.MorphkitSession = (() => {
  const { text, showPage, choose } = window.MorphkitPage;
  const { trialsOf, isList, screensOf, screensAfter, ofTrials, isComplete } = window.MorphkitTrials;
  const { when, fileName, downloadCopy, rescued } = window.MorphkitSaving;
  const { senderOf } = window.MorphkitSending;
  const { playTrial } = window.MorphkitTrial;
  const { askQuestions, checkAttention } = window.MorphkitQuestions;
  const kept = window.MorphkitKept;

  /** What one participant does: the screens in their order, and what was answered. */
  class Session {
    #sender = null; // private: jsPsych walks through everything else, and they are a circle

    /** `before` is the kept session that goes on. */
    constructor({ participant, list }, before = null) {
      this.id = before?.id ?? kept.newId();
      this.participant = participant;
      this.list = list;
      this.started = before?.started ?? new Date().toISOString().replace(/\.\d+/, "");
      this.resumed = before ? (before.resumed ?? 0) + 1 : 0;
      this.records = [...before?.records ?? []];
      this.draft = before?.draft ?? null; // what a page of questions holds before it is sent
      this.all = screensOf(trialsOf(list));
      this.screens = screensAfter(this.all, this.records);
      this.complete = false;
      this.running = true;
      this.key = kept.newKey(this);
      kept.hold(this.key);
      // The old copy goes when the new one stands; in another window it may come again.
      if (before && this.keep()) kept.remove(before.key);
      this.#sender = senderOf(this);
      this.sender?.push();
      window.addEventListener("beforeunload", (event) => {
        if (this.running) event.preventDefault();
      });
    }

    /** The queue of its answers; null where they are saved as a file. */
    get sender() {
      return this.#sender;
    }

    /** Show one screen; return its records, of which a page has none. */
    async play(place, screen) {
      if (screen.type === "page") {
        await showPage(place, screen);
        return [];
      }
      const records = await {
        trial: async (...all) => [await playTrial(...all)],
        check: checkAttention,
        questions: askQuestions,
      }[screen.type](place, screen, this);
      this.records.push(...records);
      this.draft = null;
      this.complete = isComplete(this.all, this.records);
      this.keep();
      this.sender?.push();
      return records;
    }

    /** Keep a copy in this browser; return whether it is kept. */
    keep() {
      return kept.put(this.key, this);
    }

    /** A server or a person has said that the answers are safe: the copy may go. */
    saved() {
      this.running = false;
      kept.remove(this.key);
    }
  }

  /** Whether a kept session can go on: its answers are those to the first trials. */
  const canGoOn = ({ list, complete, records }) => {
    const trials = isList(list) ? trialsOf(list) : [];
    const given = ofTrials(records);
    return !complete && given.length <= trials.length && given.every((record, k) =>
      record.order === k + 1 && record.stimuli === trials[k].stimuli.join("|"));
  };

  /** Return the session of a participant: one that was broken off, or a new one. */
  const beginSession = async (place, who) => {
    for (;;) {
      const sessions = kept.all(who.participant);
      const last = sessions.pop();
      if (!last) return new Session(who);
      const others = rescued(sessions);
      const { participant, records } = last;
      let chosen = "";
      if ((await kept.held()).has(last.key)) {
        chosen = await choose(place, "elsewhere", text("open_elsewhere", { participant }),
          ["retry_button", "begin_button"], others);
      } else if (canGoOn(last)) {
        const values = { participant, done: ofTrials(records).length, of: trialsOf(last.list).length,
          time: when(last.started) };
        chosen = await choose(place, "resume", text("resume", values),
          ["resume_button", "begin_button"], others);
      } else {
        chosen = await choose(place, "kept", text(last.complete ? "unconfirmed" : "unfinished",
          { participant, time: when(last.started) }), ["save_button", "begin_button"], others);
      }
      if (chosen === "resume_button") return new Session(last, last);
      if (chosen === "begin_button") return new Session(who);
      if (chosen === "save_button") {
        downloadCopy(last);
        const found = await choose(place, "check", text("check_saved",
          { file: fileName(participant, last.complete ? "" : "_unfinished") }),
        ["confirm_button", "back_button"]);
        if (found === "confirm_button") kept.remove(last.key);
      }
    }
  };

  return { beginSession };
})();
