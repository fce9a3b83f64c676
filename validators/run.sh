#!/usr/bin/env bash
# Runs the exports in the real programs: validators/run.sh [PROGRAM...]
#
#   psychopy      table reader, loader, compiler (Python, JavaScript), full runs
#   opensesame    loader, full runs on the desktop
#   osweb         loader, linter, conversion, full runs in Chromium
#   octave        full runs in Octave with Psychtoolbox
#   expyriment    full runs
#   standards     frictionless, BIDS validator, exiftool; Psych-DS where
#                 PSYCHDS_SOURCE names a checkout of psych-ds/psychds-validator
#
# Without a program: all of them, one after the other. Every program gets an environment
# of its own below $MORPHKIT_VALIDATORS (default ~/.cache/morphkit-validators; 3.3 GB for
# all); they and Debian's packages are installed where they are missing. Exports, data
# files and screenshots are left in its folder "work". $PYTHON (default python3) runs
# morphkit, which must be importable there, with its extras test and video; for psychopy
# it must be of version 3.10 to 3.12.
#
# QUICK=1 runs the category task alone, once with each key, and the texts that mean
# something to programs; ONLY="labelling dot_probe" the full runs of these designs alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
export PYTHONPATH="$PWD"
cache=${MORPHKIT_VALIDATORS:-$HOME/.cache/morphkit-validators}
python=${PYTHON:-python3}
work=$cache/work
mkdir -p "$work"

packages() { # PROGRAM_TO_LOOK_FOR PACKAGE...: install Debian packages where it is missing
    command -v "$1" >/dev/null 2>&1 && return
    local as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
        --no-install-recommends "${@:2}"
}

screen() { packages Xvfb xvfb libgl1-mesa-dri libegl1; packages xdotool xdotool; packages openbox openbox; }

environment() { # PROGRAM: make its environment once
    local folder=$cache/$1
    cmp -s "$here/requirements/$1.txt" "$folder/installed.txt" && return
    "$python" -m venv "$folder"
    env -u PYTHONPATH "$folder/bin/pip" install -q -r "$here/requirements/$1.txt"
    cp "$here/requirements/$1.txt" "$folder/installed.txt"
}

# morphkit's own path must not reach the other programs.
foreign() { env -u PYTHONPATH "$@"; }

all_sessions() { # PROGRAM: one line for each run: design, participant, key, side
    echo "categorisation 1 f left"
    echo "categorisation 2 j right"
    echo "texts 1 f left"
    [ "$1" = osweb ] || echo "degrees 1 f left"
    [ -n "${QUICK:-}" ] && return
    echo "training 1 f left"
    echo "training 2 j right"
    echo "training_fit 1 mix any"
    echo "training_carried 1 f left"
    echo "training_carried 2 j right"
    echo "mlds 1 f left"
    echo "mlds_quadruples 1 j right"
    echo "rating 1 - left"
    echo "same_different 1 f left"
    echo "labelling 1 1 left"
    echo "labelling 2 4 right"
    echo "identification 1 1 left"
    echo "identification 2 3 right"
    [ "$1" = octave ] || [ "$1" = expyriment ] || echo "dot_probe 1 f left"
    return 0
}

sessions() { # PROGRAM: those of the designs in ONLY, if it is given
    local wanted=${ONLY:-.*}
    all_sessions "$1" | grep -E "^(${wanted// /|}) " || true
}

on_screen() { # SHOTS KEY CLICK COMMAND...: keys and clicks until the command ends
    local keys="$2,space" clicks="$3"
    [ "$2" = - ] && keys=space || clicks=""
    # One key for a while, then the other: answers that fall along a continuum.
    [ "$2" = mix ] && keys=$(printf 'f,space,%.0s' {1..10})$(printf ',j,space%.0s' {1..10})
    keys=${keys//,,/,}
    foreign "$python" "$here/on_screen.py" --keys "$keys" --click "$clicks" \
        --shots "$1" --wait 4 -- "${@:4}" >"$1.log" 2>&1 || { tail -20 "$1.log"; return 1; }
}

# A killed program has lost nothing: on_screen with --kill-at, then read_back with LEAST.
KILLED=4

killed() { # SHOTS HEAD FILES COMMAND...: kill when a file has some answers below its head
    foreign "$python" "$here/on_screen.py" --keys f,space --wait 4 \
        --kill-at "$3" $(($2 + KILLED)) -- "${@:4}" >"$1.log" 2>&1 ||
        { tail -20 "$1.log"; return 1; }
}

# Codes of events arrive at a serial port; over LSL too, where morphkit's Python has pylsl.
marked() {
    local program=$1 run=("$python" "$here/markers.py" "$1")
    local end=("$work" "$cache/$program/bin/python")
    "${run[@]}" labelling 1 left "${end[@]}"
    "${run[@]}" dot_probe f left "${end[@]}"
    "$python" -c "import pylsl" 2>/dev/null && "${run[@]}" dot_probe f left "${end[@]}" lsl
    return 0
}

read_back() { "$python" "$here/read_back.py" "$@"; }

psychopy() {
    screen
    packages node nodejs
    environment psychopy
    # Preferences of the user, or of a second PsychoPy, must not decide the result.
    local -x HOME=$work/home
    mkdir -p "$HOME"
    "$python" "$here/exports.py" "$work" psychopy
    foreign "$cache/psychopy/bin/python" "$here/psychopy_static.py" "$work"/psychopy/*/
    sessions psychopy | while read -r kind participant key side; do
        local folder=$work/psychopy/$kind script
        rm -rf "$folder/data"
        script=$(foreign "$cache/psychopy/bin/python" "$here/psychopy_run.py" "$folder" \
            "$participant" 2>"$folder/compile.log")
        on_screen "$work/shots/psychopy_$kind" "$key" 700,563 \
            "$cache/psychopy/bin/python" "$script" </dev/null
        read_back psychopy "$kind" "$participant" "$side" "$folder"/data/*.csv
    done
    marked psychopy
    [ -n "${ONLY:-}" ] && return
    local folder=$work/psychopy/categorisation
    rm -rf "$folder/data"
    killed "$work/shots/psychopy_killed" 2 "$folder/data/*.csv" \
        "$cache/psychopy/bin/python" "$folder/run_1.py" </dev/null
    rm -f "$folder"/data/*_part.csv
    read_back psychopy categorisation 1 left "$folder"/data/*.csv $KILLED
}

opensesame() {
    screen
    environment opensesame
    "$python" "$here/exports.py" "$work" opensesame
    foreign "$cache/opensesame/bin/python" -W ignore "$here/opensesame_static.py" desktop \
        "$work"/opensesame/*/
    sessions opensesame | while read -r kind participant key side; do
        local folder=$work/opensesame/$kind
        rm -rf "$folder/data"
        on_screen "$work/shots/opensesame_$kind" "$key" 700,560 \
            "$cache/opensesame/bin/python" "$here/opensesame_run.py" "$folder" \
            "$participant" </dev/null
        read_back opensesame "$kind" "$participant" "$side" "$folder"/data/*.csv
    done
    marked opensesame
    [ -n "${ONLY:-}" ] && return
    local folder=$work/opensesame/categorisation
    rm -rf "$folder/data"
    killed "$work/shots/opensesame_killed" 1 "$folder/data/*.csv" \
        "$cache/opensesame/bin/python" "$here/opensesame_run.py" "$folder" 1 </dev/null
    read_back opensesame categorisation 1 left "$folder"/data/*.csv $KILLED
}

osweb() {
    packages chromium chromium
    environment opensesame
    "$python" "$here/exports.py" "$work" osweb
    foreign "$cache/opensesame/bin/python" -W ignore "$here/opensesame_static.py" osweb \
        "$work"/osweb/*/
    sessions osweb | while read -r kind participant key side; do
        local folder=$work/osweb/$kind click=640,400
        [ "$key" = - ] && key=Space click=700,560
        foreign "$python" "$here/osweb_run.py" "$folder/participant_$participant.html" \
            "$key" "$folder/data/participant_$participant.json" --click "$click" \
            --shots "$work/shots/osweb_$kind" </dev/null
        read_back opensesame "$kind" "$participant" "$side" \
            "$folder/data/participant_$participant.json"
    done
}

octave() {
    screen
    # Octave may be there without Psychtoolbox.
    octave-cli --quiet --eval 'exit(exist("Screen") == 0)' >/dev/null 2>&1 ||
        packages "" octave octave-psychtoolbox-3
    "$python" "$here/exports.py" "$work" psychtoolbox
    sessions octave | while read -r kind participant key side; do
        local folder=$work/psychtoolbox/$kind
        on_screen "$work/shots/octave_$kind" "$key" 700,558 \
            "$here/octave_run.sh" "$folder" "$participant" </dev/null
        read_back psychtoolbox "$kind" "$participant" "$side" \
            "$folder/data/participant_$participant.csv"
    done
    [ -n "${ONLY:-}" ] && return
    local folder=$work/psychtoolbox/categorisation
    rm -rf "$folder/data"
    killed "$work/shots/octave_killed" 1 "$folder/data/*.csv" \
        "$here/octave_run.sh" "$folder" 1 </dev/null
    read_back psychtoolbox categorisation 1 left "$folder/data/participant_1.csv" $KILLED
}

expyriment() {
    screen
    environment expyriment
    "$python" "$here/exports.py" "$work" expyriment
    sessions expyriment | while read -r kind participant key side; do
        local folder=$work/expyriment/$kind
        rm -rf "$folder/data"
        (cd "$folder" && on_screen "$work/shots/expyriment_$kind" "$key" 700,578 \
            "$cache/expyriment/bin/python" run_expyriment.py --window "$participant" </dev/null)
        read_back expyriment "$kind" "$participant" "$side" "$folder"/data/*.xpd
    done
    [ -n "${ONLY:-}" ] && return
    local folder=$work/expyriment/categorisation
    rm -rf "$folder/data"
    (cd "$folder" && killed "$work/shots/expyriment_killed" 11 "$folder/data/*.xpd" \
        "$cache/expyriment/bin/python" run_expyriment.py --window 1 </dev/null)
    read_back expyriment categorisation 1 left "$folder"/data/*.xpd $KILLED
}

standards() {
    packages exiftool libimage-exiftool-perl
    environment standards
    "$python" "$here/exports_of_files.py" "$work"
    "$python" "$here/standards.py" "$cache/standards/bin" "$work"
}

mkdir -p "$work/shots"
for program in "${@:-psychopy opensesame osweb octave expyriment standards}"; do
    for one in $program; do
        began=$SECONDS
        echo "== $one"
        "$one"
        echo "== $one: good, $((SECONDS - began)) s"
    done
done
