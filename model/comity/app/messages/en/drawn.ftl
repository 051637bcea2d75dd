# What is written in pictures that the package draws, as js/drawn.js finds it there: a text that agrees with a message here is said by
# that message in another language. `NUMBER`, `DATETIME` and `SIGN` say what a variable may be; others are any text.
# tests/test_languages.py compares the list with the modules that draw.

# Published numbers beside the model's (comity.published.plots)
drawn-interval = published interval from -1 to +1; right: published | model, unit, verdict
drawn-only-sign = only a sign was published
judged-inside = inside
judged-inside-not-null = inside, not null
judged-right-sign = right sign
judged-wrong = wrong
judged-silent = silent
judged-too-few-events = too few events
judged-failed = failed
drawn-reproduction = { $name }: published (grey) and model (blue), { $histories }, { $people }. Model results, not measurements.
drawn-history = { NUMBER($n) } history
drawn-histories = { NUMBER($n) } histories
drawn-scale-one = an agent to each person
drawn-scale = { NUMBER($n) } people to an agent
drawn-quarters = quarters since activation; bands: least and greatest of the histories
drawn-event = Victimisation in a month, pp above the quarter before activation
drawn-event-hispanic = model, hispanic
drawn-event-other = model, other
drawn-event-published = published, Hispanic (read off a figure)

# Regimes under the same dice (comity.analyse.compare_plots)
drawn-comparison = { $place }, { DATETIME($start) } to { DATETIME($end) }: { NUMBER($seeds) } paired histories per { $each }, the same people and dice. Grey line: { DATETIME($since) }, the first recording period in which regimes differ. Bands: one standard error. Model results, not measurements.
drawn-caveat = { $text } How much trust the part of the police in enforcement costs is assumed, not estimated: nobody has published a causal estimate. What follows from the model is who bears it, how fast, and whether it returns, not how large it is.
drawn-per-regime = regime
drawn-per-draw = regime and draw, { NUMBER($n) } draws
drawn-counties = { NUMBER($n) } counties
drawn-past-quarter = past quarter
drawn-chance-above = Hispanic victims' chance of reporting: percentage points above { $regime }
drawn-trust-above = Trust of unauthorized Hispanics: points of 100 above { $regime }
drawn-relative = difference from { $regime }, % of it, with 95 % interval over seeds
drawn-relative-draws = difference from { $regime }, % of it, with 95 % interval over seeds Thin: 95 % over draws, with the model's own error
drawn-prints = prints sent to IDENT
drawn-matches = matches
drawn-detainers = detainers
drawn-custody = into ICE custody
drawn-removals = removals
drawn-fbi = FBI criminal checks
drawn-hold-days = days in jail on a detainer
drawn-hispanic-reporting = Hispanic victims who report
drawn-hispanic-survey = Hispanic reporting, as a survey sees it
drawn-other-reporting = other victims who report
drawn-hispanic-victims = Hispanic victimisation
drawn-cleared = incidents cleared
drawn-risk = perceived risk, Hispanic US-born
drawn-trust-hispanic = trust in police, Hispanic
drawn-trust-unauthorized = trust in police, Hispanic unauthorized
drawn-trust-immigrant = trust in police, Hispanic lawful immigrants
drawn-trust-us-born = trust in police, Hispanic US-born
drawn-trust-other = trust in police, not Hispanic

# Sweeps (comity.analyse.plots and discovery_plots)
drawn-difference-from = { $outcome }: difference from { $regime }
drawn-baseline = the baseline
drawn-against = { $regime } against { $other }
drawn-over-what = replications saved, n
drawn-paired = paired difference, { $unit }; 95 % interval over { $over }
drawn-paired-plain = paired difference; 95 % interval over { $over }
drawn-seeds = seeds
drawn-note = { NUMBER($times) } times, n = { NUMBER($n) }
drawn-note-sign = { NUMBER($times) } times, n = { NUMBER($n) }, same sign { NUMBER($share) }
drawn-missing = { NUMBER($n) } missing
drawn-n = n = { NUMBER($n) }
drawn-morris = { $what }: Morris screening
drawn-mu = mu*: mean absolute effect over the full range, { $unit }, with 95 % interval
drawn-mu-plain = mu*: mean absolute effect over the full range, with 95 % interval
drawn-sigma = sigma: spread of effects, { $unit }
drawn-sigma-plain = sigma: spread of effects
drawn-below-floor = not above the floor: { $names }
drawn-smaller = smaller: { $names }
drawn-depends = { $what }: what it depends on
drawn-first = first order
drawn-total = total, with interactions
drawn-total-first = total, first
drawn-pawn-first = PAWN, first
drawn-pawn-chance = PAWN by chance
drawn-floor = noise floor
drawn-dummy = dummy
drawn-index = index; 95 % intervals; { $counted }
drawn-points = { NUMBER($n) } points
drawn-runs = { NUMBER($n) } runs
drawn-under-each = { $outcome } under each regime
drawn-spread = { $outcome }: median, middle half, middle 90 %; a dot is a run
drawn-fail-title = change in { $outcome } { SIGN($sign) } { NUMBER($value) }, { $against }
drawn-fail-level = { $outcome } { SIGN($sign) } { NUMBER($value) }, { $regime }
drawn-fail-where = Where the criterion fails
drawn-fail = { NUMBER($n) } of { NUMBER($all) } points fail
drawn-holds = holds
drawn-fails = fails
drawn-random = scattered at random
drawn-box = square: this box, coverage { NUMBER($coverage) }, density { NUMBER($density) } diamond: boxes of half of the points, on the other half, { $elsewhere }
drawn-box-elsewhere = coverage { NUMBER($coverage) }, density { NUMBER($density) }
drawn-coverage = coverage: share of all failures inside
drawn-density = density: share of the inside that fails
drawn-nothing-tells = No uncertainty tells where it fails.
drawn-restricted = { $name }: { $range }; quasi-p { NUMBER($p) }, restricted in { NUMBER($share) } of searches on half of the points
drawn-or-more = { NUMBER($low) } or more
drawn-up-to = up to { NUMBER($high) }
drawn-from-to = { NUMBER($low) } to { NUMBER($high) }
drawn-ends = { $label } from { NUMBER($low) } to { NUMBER($high) }

# Calibration and prediction (comity.calibrate.plots)
drawn-recovery = Recovery: calibrated on runs of known parameters; medians and 90 % intervals (vertical) against truth
drawn-covered = { NUMBER($share) } inside ({ NUMBER($least) } to { NUMBER($most) }), r = { NUMBER($r) }
drawn-ranks = Ranks of the truth (line) less uniform ones; in 19 of 20 samples chance stays in the band everywhere
drawn-within = { $name }: within
drawn-leaves = { $name }: leaves it
drawn-place = place: share of the posterior below the truth
drawn-excess = excess of trials below
drawn-excess-older = share of trials below that place, less the place
drawn-posterior = Posterior (filled), what the sweep tried (line), and the median to two digits (dashed)
drawn-published-model = published | model
drawn-half-widths = predicted minus published, in half-widths of the published 95 % interval (grey)
drawn-predictive = Posterior predictive, 95 %: fitted (circles), for selection (diamonds) and held out (squares)
drawn-thick-thin = thick: dice and parameters; thin: with the model's error
drawn-probability = mean posterior probability
drawn-true = true
drawn-recovered = Recovery of hypotheses

# Rival hypotheses (comity.tournament.plots)
drawn-matrix = Share of runs, in %, that lie inside the published interval ({ $draws }). ≠: most runs have the wrong sign. ✕: no run has a number; *: some have none, and count as outside. { NUMBER($silent) } targets on which the model is silent are in the table only. Model results, not measurements.
drawn-pairs = The target that tells two hypotheses apart best, and by how many standard deviations ({ $draws }). Below 2, no published number among those for fitting and selection tells them apart. Model results.
drawn-prior = prior draws
drawn-of-posterior = posterior draws
drawn-fitting = fitting
drawn-selection = selection
drawn-holding-out = holding out
drawn-both-uses = fitting and selection
drawn-targets = { $use } ({ NUMBER($n) } targets)
drawn-behind = log Bayes factor by which it is behind the best
drawn-bars = Bars: two Monte Carlo standard errors. ▷: some target has no number at any draw. Not measurements.

# The nation (comity.output.maps)
drawn-nation = { $regime }, { DATETIME($start) } to { DATETIME($end) }, one agent for { NUMBER($scale) } persons, seed { NUMBER($seed) }. Model results, not measurements.
drawn-activation = Activation of Secure Communities. { $dates }
drawn-modelled = Modelled dates in { NUMBER($n) } of { NUMBER($all) } counties
drawn-published-dates = Published dates
drawn-change-after = Hispanic victims' chance of reporting, after activation against before.
drawn-change-against = Hispanic victims' chance of reporting, against { $regime }, the same people and dice.
drawn-grey = Grey: fewer than { NUMBER($few) } victims in the model on either side ({ NUMBER($share) } of counties)
