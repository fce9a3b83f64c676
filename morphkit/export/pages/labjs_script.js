/* The study of lab.js: preparation, then one screen after the other. */
"use strict";

const study = lab.util.fromObject({
  type: "lab.flow.Sequence",
  title: "root",
  datacommit: false,
  messageHandlers: {
    end: function () { window.MorphkitLab.finish({ save: true }); },
  },
  content: [
    {
      type: "lab.html.Screen",
      title: "start",
      content: "",
      messageHandlers: { run: function () { window.MorphkitLab.begin(this); } },
    },
    {
      type: "lab.flow.Loop",
      title: "screens",
      // Its rows are known when the participant is.
      tardy: true,
      datacommit: false,
      templateParameters: [{ screen: 1 }],
      messageHandlers: {
        "before:prepare": function () {
          this.options.templateParameters = window.MorphkitLab.rows();
        },
      },
      template: {
        type: "lab.html.Screen",
        title: "screen",
        content: "",
        messageHandlers: { run: function () { window.MorphkitLab.play(this); } },
      },
    },
  ],
}, lab);

study.run();
