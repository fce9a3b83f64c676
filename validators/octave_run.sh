#!/usr/bin/env bash
# Run an exported experiment in Octave with Psychtoolbox, in a window.
#   octave_run.sh FOLDER PARTICIPANT      (on a display)
set -euo pipefail
cd "$1"
mkdir -p data
rm -f "data/participant_$2.csv"
# A virtual screen has no vertical blank to synchronise to; a real one must.
exec octave --no-gui --quiet --eval "
Screen('Preference', 'SkipSyncTests', 2);
Screen('Preference', 'VisualDebugLevel', 0);
Screen('Preference', 'Verbosity', 1);
morphkit_run($2, 'data/participant_$2.csv', [0 0 1280 760]);"
