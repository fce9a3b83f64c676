function morphkit_run(participant, results_file, window_rect)
% MORPHKIT_RUN  Run the exported experiment with Psychtoolbox-3 (MATLAB or Octave).
%
%   morphkit_run             asks for the code of the participant
%   morphkit_run(7)          participant 7; answers go to answers_7.csv
%   morphkit_run('P07_s2')   second session of P07, with the same list
%   morphkit_run(7, FILE)    answers go to FILE, which must not exist yet
%   morphkit_run(7, FILE, [0 0 1280 800])   in a window, to try it out
%
% Trials, texts and times are in trials.mat; successive numbers play successive lists,
% and other codes one that follows from them. Each answer is written as soon as it is given. The
% escape key stops the experiment.

  if nargin < 1 || isempty(participant)
    participant = input('Code of the participant: ', 's');
  end
  if isnumeric(participant)
    participant = sprintf('%d', participant);
  end
  if isempty(regexp(participant, '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$', 'once'))
    error('"%s" is no code: letters, digits, _ and -', participant);
  end
  if nargin < 2 || isempty(results_file)
    results_file = sprintf('answers_%s.csv', participant);
  end
  if nargin < 3
    window_rect = [];
  end
  if exist(results_file, 'file')
    error('%s already exists: choose another code or file', results_file);
  end
  folder = fileparts(mfilename('fullpath'));
  data = load(fullfile(folder, 'trials.mat'));
  study = data.settings;
  number = list_of(participant, numel(data.lists));
  trials = data.lists{number};
  study.started = datestr(now, 'yyyy-mm-ddTHH:MM:SS');

  KbName('UnifyKeyNames');
  study.codes = arrayfun(@(k) KbName(study.(sprintf('key_%d', k))), 1:study.n_choices);
  [window, rect] = Screen('OpenWindow', max(Screen('Screens')), 128, window_rect);
  closing = onCleanup(@() Screen('CloseAll'));
  Screen('TextFont', window, 'Arial');
  Screen('TextSize', window, 24);
  study.window = window;
  study.rect = rect;
  whole = Screen('Rect', max(Screen('Screens')));
  study.pixels_per_cm = (whole(3) - whole(1)) / study.monitor_width_cm;
  study.textures = load_pictures(window, folder, trials, study);
  if isempty(window_rect)
    HideCursor(window);
  end
  output = fopen(results_file, 'w');
  closing_file = onCleanup(@() fclose(output));

  show_page(study, study.instructions{number}, study.key_to_start);
  baseline = struct('continuum', {}, 'steps', {}, 'first', {}, 'answered', {});
  carried = read_points(study, folder, participant);
  for k = 1:numel(trials)
    trial = trials(k);
    if ~isempty(trial.pause_codes)
      show_page(study, trial.pause_codes, study.key_to_continue);
    end
    answer = run_trial(study, trial);
    [baseline, answer] = judge(study, trial, answer, baseline, carried);
    answer.started = study.started;
    if k == 1
      write_line(output, [fieldnames_of(trial), fieldnames(answer)', {'participant'}]);
    end
    write_line(output, [cells_of(trial), struct2cell(answer)', {participant}]);
    give_feedback(study, trial, answer);
  end
  show_page(study, study.thanks, study.key_to_continue);
end

function number = list_of(code, lists)
% The trial list of a participant: one rule in every front end.
  plain = regexprep(code, '(?<=[0-9])_s[1-9]$', '');
  found = regexp(plain, '^[A-Za-z_-]*?0*([1-9][0-9]{0,5})$', 'tokens', 'once');
  if ~isempty(found)
    number = str2double(found{1});
  else
    % FNV-1a, 32 bits, in halves: a product of 32 bits has no place in a double.
    digest = 2166136261;
    for letter = double(plain)
      digest = bitxor(digest, letter);
      low = mod(digest, 65536);
      high = mod(floor(digest / 65536) * 16777619, 65536);
      digest = mod(low * 16777619 + high * 65536, 4294967296);
    end
    number = 1 + mod(digest, 1000000);
  end
  number = 1 + mod(number - 1, lists);
end

function carried = read_points(study, folder, code)
% The balance points that are carried over to a participant: [ten-thousandths] and source
% by continuum; none where one of the trained continua is lacking.
  carried = containers.Map('KeyType', 'char', 'ValueType', 'any');
  if ~study.training || strcmp(study.balance_from, 'session')
    return
  end
  plain = regexprep(code, '(?<=[0-9])_s[1-9]$', '');
  lines = strsplit(strtrim(fileread(fullfile(folder, 'balance_points.csv'))), {'\r', '\n'});
  for k = 2:numel(lines)
    cells = strsplit(lines{k}, ',');
    if strcmp(cells{1}, plain)
      carried(cells{2}) = {floor(10000 * str2double(cells{3}) + 0.5), cells{4}};
    end
  end
  if ~all(isKey(carried, strsplit(study.trained, ' ')))
    carried = containers.Map('KeyType', 'char', 'ValueType', 'any');
    if strcmp(study.balance_from, 'table')
      error('%s: %s', code, study.no_point);
    end
  end
end

function textures = load_pictures(window, folder, trials, study)
% Load every picture before anything begins; a missing one stops the experiment here.
  textures = containers.Map();
  names = {};
  for k = 1:numel(trials)
    for place = 1:study.n_pictures
      names{end + 1} = trials(k).(sprintf('picture_%d', place));
    end
  end
  if study.mask > 0
    check_files(folder, {trials.mask_picture});
  end
  names = unique(names);
  for k = 1:numel(names)
    pixels = imread(fullfile(folder, names{k}));
    if isa(pixels, 'uint16')
      pixels = uint8(round(double(pixels) / 257));
    end
    textures(names{k}) = Screen('MakeTexture', window, pixels);
  end
end

function check_files(folder, names)
% Stop where a file is missing that is read later.
  for k = 1:numel(names)
    if ~exist(fullfile(folder, names{k}), 'file')
      error('%s is missing: copy the export again, with all its files', names{k});
    end
  end
end

function show_page(study, text, hint)
% Show a text until the space bar is pressed.
  DrawFormattedText(study.window, double(text), 'center', 'center', 255);
  bottom = study.rect(4) - 80;
  DrawFormattedText(study.window, double(hint), 'center', bottom, 255);
  Screen('Flip', study.window);
  wait_for_release();
  while true
    [down, ~, codes] = KbCheck(-1);
    stop_on_escape(codes);
    if down && codes(KbName('space'))
      break
    end
    WaitSecs(0.002);
  end
  wait_for_release();
end

function wait_for_release()
% Wait until no key is held down, so that one press cannot answer twice.
  while KbCheck(-1)
    WaitSecs(0.002);
  end
end

function stop_on_escape(codes)
  if codes(KbName('ESCAPE'))
    error('morphkit:stopped', 'The experiment was stopped with the escape key');
  end
end

function answer = run_trial(study, trial)
% Show fixation, pictures, mask and question; return the answer.
  window = study.window;
  wait_for_release();
  if study.mask > 0
    % Each trial has a mask of its own: all of them would fill the memory.
    mask = imread(fullfile(fileparts(mfilename('fullpath')), trial.mask_picture));
    study.mask_texture = Screen('MakeTexture', window, mask);
    closing = onCleanup(@() Screen('Close', study.mask_texture));
  end
  fixation = study.fixation;
  if isfield(trial, 'fixation_ms')
    fixation = trial.fixation_ms;  % drawn for each trial
  end
  if fixation > 0
    DrawFormattedText(window, '+', 'center', 'center', 255);
    since = Screen('Flip', window);
    WaitSecs('UntilTime', since + fixation / 1000 - 0.005);
  end
  scale = picture_scale(study, trial);
  value = NaN;
  draw_stage(study, trial, scale, 'face', value);
  onset = Screen('Flip', window);
  % Times from the onset at which the next stage begins, and at which time is over.
  changes = cumsum([study.stimulus, study.mask]) / 1000;
  limit = study.answer / 1000;
  stage = 'face';
  answer = struct('chosen_choice', 'none', 'answer_seconds', 'none', ...
                  'picture_scale', scale);
  answer = add_size(study, trial, answer);
  if study.rating
    SetMouse(round(study.rect(3) / 2), round(study.rect(4) * 0.97), window);
    ShowCursor('Arrow', window);
  end
  while GetSecs - onset < limit
    passed = GetSecs - onset;
    due = 'face';
    if passed >= changes(2)
      due = 'blank';
    elseif passed >= changes(1)
      due = 'mask';
    end
    changed = ~strcmp(due, stage);
    [~, seconds, codes] = KbCheck(-1);
    stop_on_escape(codes);
    if study.rating
      [x, y, buttons] = GetMouse(window);
      if any(buttons) && abs(y - line_height(study, trial, scale)) < 40
        value = rating_at(study, trial, x);
        answer.chosen_choice = value;
        answer.answer_seconds = GetSecs - onset;
        changed = true;
      end
      if codes(KbName('space')) && ~isnan(value)
        break
      end
    elseif any(codes(study.codes))
      place = find(codes(study.codes), 1);
      answer.chosen_choice = trial.(sprintf('choice_%d', place));
      answer.answer_seconds = seconds - onset;
      break
    end
    if changed
      stage = due;
      draw_stage(study, trial, scale, stage, value);
      Screen('Flip', window);
    else
      WaitSecs(0.001);
    end
  end
  if study.rating
    HideCursor(window);
  end
end

function scale = picture_scale(study, trial)
% Pictures keep their own pixels, or are as high as the study says; where the screen
% is too small all shrink alike.
  wanted = 1;
  if study.picture_height_cm > 0
    wanted = study.picture_height_cm * study.pixels_per_cm / trial.picture_height;
  end
  width = study.rect(3) - study.rect(1);
  height = study.rect(4) - study.rect(2);
  scale = min([wanted, 0.96 * width / (study.across * trial.picture_width), ...
               (height - 2 * study.text_band) / (study.down * trial.picture_height)]);
end

function answer = add_size(study, trial, answer)
% Add how high the pictures are, if the monitor was stated.
  if study.monitor_width_cm > 0
    height = round(trial.picture_height * answer.picture_scale) / study.pixels_per_cm;
    degrees = 360 / pi * atan(height / 2 / study.distance_cm);
    answer.picture_height_deg = round(1000 * degrees) / 1000;
    answer.pixels_per_mm = study.pixels_per_cm / 10;
    answer.distance_cm = study.distance_cm;
    answer.distance_by = 'stated';
  end
end

function draw_stage(study, trial, scale, stage, value)
% Draw pictures or masks, the question and the answers into the next frame.
  middle = [study.rect(1) + study.rect(3), study.rect(2) + study.rect(4)] / 2;
  size_px = round([trial.picture_width, trial.picture_height] * scale);
  for place = 1:study.n_pictures
    if strcmp(stage, 'face')
      texture = study.textures(trial.(sprintf('picture_%d', place)));
    elseif strcmp(stage, 'mask') && study.mask > 0
      texture = study.mask_texture;
    else
      continue
    end
    corner = round(middle + study.centres(place, :) .* size_px - size_px / 2);
    Screen('DrawTexture', study.window, texture, [], [corner, corner + size_px]);
  end
  half = study.down * size_px(2) / 2;
  DrawFormattedText(study.window, double(trial.question_codes), 'center', ...
                    middle(2) - half - 60, 255);
  if study.rating
    draw_line(study, trial, scale, value);
  else
    below = middle(2) + half + 40;
    for place = 1:study.n_choices
      text = double(trial.(sprintf('caption_%d', place)));
      at = middle(1) + study.answer_places(place);
      box = [at - 160, below, at + 160, below + 40];
      DrawFormattedText(study.window, text, 'center', 'center', 255, ...
                        [], [], [], [], [], box);
    end
  end
end

function y = line_height(study, trial, scale)
  y = (study.rect(2) + study.rect(4)) / 2 ...
      + study.down * trial.picture_height * scale / 2 + 50;
end

function draw_line(study, trial, scale, value)
% Draw the line of a rating, its ends and the mark.
  x = (study.rect(1) + study.rect(3)) / 2;
  y = line_height(study, trial, scale);
  half = study.half_line;
  Screen('DrawLine', study.window, 255, x - half, y, x + half, y, 4);
  for side = [-1, 1]
    Screen('DrawLine', study.window, 255, x + side * half, y - 12, x + side * half, y + 12, 4);
  end
  texts = {trial.left_codes, trial.right_codes};
  for side = 1:2
    at = x + (2 * side - 3) * half;
    DrawFormattedText(study.window, double(texts{side}), 'center', 'center', 255, ...
                      [], [], [], [], [], [at - 200, y + 20, at + 200, y + 60]);
  end
  if ~isnan(value)
    share = (value - trial.scale_least) / (trial.scale_greatest - trial.scale_least);
    at = x - half + share * 2 * half;
    Screen('FillRect', study.window, [200 0 0], [at - 4, y - 16, at + 4, y + 16]);
    DrawFormattedText(study.window, double(study.key_to_continue), 'center', y + 80, 255);
  end
end

function value = rating_at(study, trial, x)
% Return the rating at a place on the line, in whole steps.
  middle = (study.rect(1) + study.rect(3)) / 2 - study.rect(1);
  share = min(max((x - middle + study.half_line) / (2 * study.half_line), 0), 1);
  range = trial.scale_greatest - trial.scale_least;
  steps = round(share * range / trial.scale_step);
  value = trial.scale_least + steps * trial.scale_step;
end

function [baseline, answer] = judge(study, trial, answer, baseline, carried)
% Find what counts as right: by the table, or by the balance point that was moved.
  answer.right_choice = trial.correct_choice;
  answer.balance_point = 'none';
  answer.balance_source = 'none';
  answer.boundary = 'none';
  if ~study.training
    return
  end
  place = find(strcmp({baseline.continuum}, trial.continuum_name), 1);
  if isempty(place)
    place = numel(baseline) + 1;
    baseline(place) = struct('continuum', trial.continuum_name, 'steps', [], ...
                             'first', [], 'answered', []);
  end
  if strcmp(trial.phase_name, 'baseline')
    is_first = strcmp(answer.chosen_choice, study.from_label);
    is_answered = ~strcmp(answer.chosen_choice, 'none');
    baseline(place) = count_baseline(baseline(place), trial.step_1, is_first, is_answered);
  end
  point = [];
  answer.balance_source = 'session';
  if isKey(carried, trial.continuum_name)
    found = carried(trial.continuum_name);
    point = found{1};
    answer.balance_source = found{2};
  end
  if strcmp(trial.feedback_rule, 'by_balance')
    [balance, boundary, units] = move_boundary(baseline(place), trial.boundary_shift, ...
                                               trial.balance_rule, point);
    answer.balance_point = four_digits(balance, units);
    answer.boundary = four_digits(boundary, units);
    if counts_as_first(trial.step_1, boundary, units)
      answer.right_choice = study.from_label;
    else
      answer.right_choice = study.to_label;
    end
  end
end

% The rule of training, in whole numbers. The balance point is the sum of the shares of
% first labels of all images, each over the trials with an answer; the boundary is the
% balance point plus one half plus the shift (in thousandths of a step). By the rule "fit"
% the balance point is that of a logistic function with Firth's penalty, where it falls.

function counts = count_baseline(counts, step, is_first, is_answered)
% Count a trial of the baseline.
  place = find(counts.steps == step, 1);
  if isempty(place)
    place = numel(counts.steps) + 1;
    counts.steps(place) = step;
    counts.first(place) = 0;
    counts.answered(place) = 0;
  end
  counts.first(place) = counts.first(place) + is_first;
  counts.answered(place) = counts.answered(place) + is_answered;
end

function [balance, boundary, units] = move_boundary(counts, shift, rule, point)
% Numerators of balance point and boundary, and their denominator; the balance point is
% `point`, in ten-thousandths, where it is carried over.
  if nargin > 3 && ~isempty(point)
    balance = point;
    boundary = point + 5000 + 10 * shift;
    units = 10000;
    return
  end
  [total, common] = counted_balance(counts);
  if strcmp(rule, 'fit')
    fitted = fitted_balance(counts);
    if ~isempty(fitted)
      total = 2 * fitted;
      common = 1000;
    end
  end
  balance = 1000 * total;
  boundary = balance + 1000 * common + 2 * common * shift;
  units = 2000 * common;
end

function [total, common] = counted_balance(counts)
% Twice the counted balance point as a numerator, and its denominator.
  [~, order] = sort(counts.steps);
  first = counts.first(order);
  n = counts.answered(order);
  answered = find(n > 0);
  common = 1;
  for k = answered
    common = lcm(common, n(k));
  end
  total = 0;
  for k = 1:numel(n)
    if isempty(answered)
      total = total + common;
      continue
    end
    % An image without an answer takes the mean of its neighbours with answers.
    below = max(answered(answered <= k));
    above = min(answered(answered >= k));
    if isempty(below)
      below = above;
    elseif isempty(above)
      above = below;
    end
    for near = [below, above]
      total = total + first(near) * (common / n(near));
    end
  end
end

function fitted = fitted_balance(counts)
% The fitted balance point in thousandths; empty without a fit that falls.
  [steps, order] = sort(counts.steps);
  kept = counts.answered(order) > 0;
  fitted = [];
  if sum(kept) < 2
    return
  end
  answered = steps(kept);
  middle = (answered(1) + answered(end)) / 2;
  half = (answered(end) - answered(1)) / 2;
  first = counts.first(order);
  n = counts.answered(order);
  rows = [(answered - middle) / half; first(kept); n(kept)];
  a = 0;
  b = 0;
  longest = 1;
  moves = 0;
  while longest > 1e-9 && moves < 500
    [along_a, along_b] = penalised_move(rows, a, b);
    longest = max(abs(along_a), abs(along_b));
    share = 1;
    if longest > 1
      share = 1 / longest;
    end
    a = a + share * along_a;
    b = b + share * along_b;
    moves = moves + 1;
  end
  if longest > 1e-9 || b > -1e-6
    return
  end
  balance = middle - half * (a / b) - 0.5;
  fitted = floor(1000 * min(max(balance, steps(1) - 1), steps(end)) + 0.5);
end

function [move_a, move_b] = penalised_move(rows, a, b)
% A move of Newton's method for a logistic function with Firth's penalty.
  aa = 0;
  ab = 0;
  bb = 0;
  for row = rows
    share = logistic(a + b * row(1));
    weight = row(3) * share * (1 - share);
    aa = aa + weight;
    ab = ab + weight * row(1);
    bb = bb + weight * row(1) * row(1);
  end
  area = aa * bb - ab * ab;
  along_a = 0;
  along_b = 0;
  for row = rows
    z = row(1);
    share = logistic(a + b * z);
    weight = row(3) * share * (1 - share);
    leverage = weight * (bb - 2 * ab * z + aa * z * z) / area;
    rest = row(2) - row(3) * share + leverage * (0.5 - share);
    along_a = along_a + rest;
    along_b = along_b + rest * z;
  end
  move_a = (bb * along_a - ab * along_b) / area;
  move_b = (aa * along_b - ab * along_a) / area;
end

function share = logistic(x)
% The logistic function by sums and products, which are alike in every language.
  part = min(max(-x, -30), 30) / 1024;
  power = 1 + part * (1 + part / 2 * (1 + part / 3 * (1 + part / 4 * (1 + part / 5))));
  for k = 1:10
    power = power * power;
  end
  share = 1 / (1 + power);
end

function yes = counts_as_first(step, boundary, units)
% Whether an image counts as the first label; on the boundary, if its step is even.
  beyond = step * units - boundary;
  yes = beyond < 0 || (beyond == 0 && mod(step, 2) == 0);
end

function value = four_digits(numerator, denominator)
% A quotient for the data file, rounded alike in every language.
  value = floor((20000 * numerator + denominator) / (2 * denominator)) / 10000;
end

function give_feedback(study, trial, answer)
% Say whether the answer was right, or that it came too late.
  if strcmp(answer.chosen_choice, 'none')
    text = study.too_slow;
  elseif study.rating || strcmp(trial.feedback_rule, 'none')
    return
  else
    labels = arrayfun(@(k) trial.(sprintf('choice_%d', k)), 1:study.n_choices, ...
                      'UniformOutput', false);
    side = find(strcmp(labels, answer.right_choice), 1);
    said = {'wrong', 'right'};
    right = strcmp(answer.chosen_choice, answer.right_choice);
    text = trial.(sprintf('said_%s_%d', said{1 + right}, side));
  end
  DrawFormattedText(study.window, double(text), 'center', 'center', 255);
  since = Screen('Flip', study.window);
  WaitSecs('UntilTime', since + study.feedback / 1000);
end

function names = fieldnames_of(trial)
% Return the columns that are written: everything but texts for the screen.
  names = fieldnames(trial)';
  names = names(cellfun(@(n) is_plain(trial.(n)), names));
end

function cells = cells_of(trial)
  names = fieldnames_of(trial);
  cells = cellfun(@(n) trial.(n), names, 'UniformOutput', false);
end

function yes = is_plain(value)
  yes = ischar(value) || isa(value, 'double');
end

function write_line(output, cells)
% Write one line of the CSV file and hand it to the disk.
  texts = cell(1, numel(cells));
  for k = 1:numel(cells)
    if ischar(cells{k})
      texts{k} = ['"', strrep(cells{k}, '"', '""'), '"'];
    else
      texts{k} = sprintf('%.15g', cells{k});
    end
  end
  fprintf(output, '%s\n', strjoin(texts, ','));
  fflush_file(output);
end

function fflush_file(output)
% Octave buffers until asked; MATLAB writes at once and has no such function.
  if exist('OCTAVE_VERSION', 'builtin')
    fflush(output);
  end
end
