# What the page's modules say, module by module.

# app.js, main.js, languages.js
no-answer = The server does not answer.
idle = This page was idle, so the server let its run go.
idle-again = Take it up again
full = All places on this server are taken.
full-again = Try again
lost = The connection to the server is lost. It will be taken up again as soon as the server answers.
lived-again =
    Lived again from the first day, with { $people ->
        [same] the same
       *[other] other
    } people and { $dice ->
        [same] the same
       *[other] other
    } dice.
lived-again-shown = Shown is { $day }, when it can be seen.
invalid = This cannot be used:
invalid-valid = { $wrong }. Valid: { $valid }
open-standard = Open the standard page
model-failed = The model failed: { $error }

# bar, transport
bar-pause = Pause
bar-plays = Play
bar-one = ICE has taken { $custody } people into custody.
bar-two = ICE has taken { $custody } people into custody on the left, { $custodyRight } on the right.
pause = ❚❚ Pause
again = ↺ Again
catching-up = catching up…
living-again = living again…
getting-ready = getting ready…
pace = { $days } days/s
day-of = day { $day } of { $days }
first-start = Getting ready for the first time…
first-start-why = After an installation the model is compiled into machine code, once. That takes about a minute, on a busy machine longer; { $seconds } seconds so far.
headline-one = By { $day }, { $booked } people have been booked into jail in { $place }; the prints of { $prints } reached immigration, and ICE took { $custody } into custody.
headline-two = By { $day } in { $place }, ICE took { $custody } people under “{ $left }” and { $custodyRight } under “{ $right }”; it received { $prints } and { $printsRight } sets of prints.
headline-same = The same regime on both sides: by { $day } nothing differs, because people, days and dice are the same.
subline-same = Of Hispanic victims of crime, as many call the police to the right as to the left.
subline-fewer = Of 100 Hispanic victims of crime, { $victims } fewer call the police to the right than to the left.
subline-more = Of 100 Hispanic victims of crime, { $victims } more call the police to the right than to the left.
subline-calls = Of 100 victims of crime who are unauthorized and Hispanic, { $unauthorized } call the police; of 100 who are not Hispanic, { $others }.

# controls
scale-everybody = 1 (all)
people-each = { $residents } residents are simulated, one for each person.
people-scaled = { $residents } residents are simulated, each for { $scale } people.
people-dots = Every one is a dot.
hypothesis-mechanisms = switches on: { $mechanisms }
hypothesis-none = every mechanism off
mechanisms-off = A mechanism that no hypothesis names is off.
extension-adds = an extension: adds hypotheses and parameters
extensions-installed = Extensions that are installed:
parameter-undo = Back to the default
parameter-undo-which = { $name } back to its default
parameter-element = { $name }, { $element }
parameter-assumed = assumed
parameter-about = { $unit }, { $low } to { $high }; { $source }
role-policy = Policy: somebody decides it
role-uncertain = Uncertain: assumed or fitted
role-data = Data: measured
role-numerical = Numerical: devices of the computation

# charts, figure
left = Left
right = Right
left-small = left
right-small = right
now = now
difference = difference
chart-line = { $group } { $first } at first, { $now } now
chart-summary = { $outcome }, { $unit }, by group.
published-beside = Published (dots): { $outcome }, { $value } from { $start } to { $last }; the model { $model }. Source: { $source }.
published-ahead = Published (dots): { $outcome }, { $value } from { $start } to { $last }; the model is not there yet. Source: { $source }.
difference-one = { $group }: { $outcome }, right minus left: { $difference } { $unit } with this seed. One history: live more seeds to see how sure that is.
difference-seeds = { $group }: { $outcome }, right minus left: { $difference } { $unit } with this seed; { $mean } ± { $half } { $unit } over { $seeds } seeds (95 % interval).
figure-difference = Right minus left: { $outcome }, { $unit }; { $group }
figure-solid = { $title } (solid)
figure-dashed = { $title } (dashed)
figure-foot = comity, seed { $seed }: results of a model, not measurements

# city, colours
left-city = Left city
right-city = Right city
the-city = The city
city-solid = left, solid lines
city-dashed = right, dashed lines
city-fewer = fewer Hispanic residents
city-more = more →
city-all = { $jail } in jail, { $ice } in ICE custody, { $removed } removed, { $moved } moved away
city-squares = a square for { $each } of those removed in the model
city-neighbourhood = Neighbourhood { $number }: { $hispanic } % Hispanic; trust { $trust }, risk { $risk } of 100; { $jail } in jail, { $taken } taken by ICE.
city-summary = { $title }: { $neighbourhoods } neighbourhoods in the order of their Hispanic share.
of-100 = { $value } of 100
where-community = in the community
where-jail = in jail
where-ice = in ICE custody
where-removed = removed
where-moved = moved away

# funnel
stage-booked = Booked, prints taken
stage-prints = Prints reach immigration
stage-match = Match in IDENT
stage-identified = Identified to ICE
stage-detainer = Detainer
stage-custody = ICE custody
stage-removed = Removed
level-L1 = L1, serious conviction
level-L2 = L2, felony
level-L3 = L3, misdemeanour
level-C0 = C0, never convicted
status-us-born = US-born
status-immigrant = immigrant, lawful or naturalised
status-unauthorized = unauthorized
funnel-two = Upper bar left, lower bar right.
funnel-reading = Length is logarithmic (ten times as many is one step); shades are shares. Somebody can be identified without a match, by referral or interview.

# nation
nation-drawing = The nation is being drawn…
nation-map = Map of counties
nation-model = Model: { $run }
nation-show = Show
nation-activations = Activation
nation-date = Date
nation-find = Find a county
zoom-in = Zoom in
zoom-out = Zoom out
nation-whole = Whole country
nation-fit = Fit colours to the data
nation-point = Point at a county, or find one by name.
nation-none = Outcomes appear here when the results folder holds a run of many counties, such as one made with: { $command }
nation-activation = Colour: the year in which Secure Communities was switched on. Nearly all dates are modelled, since no county table of them may be shipped; published ones are named as such when you point at a county.
nation-on = On { $day }, { $on } of { $counties } counties in { $states } states are switched on, home to { $share } % of all residents.
nation-not-yet = not yet
nation-outcome = { $outcome }, { $when }, in the model: { $value } over all counties.
nation-outcome-here = { $outcome }, { $when }, in the model: { $value }.
or-less = { $value } or less
or-more = { $value } or more
nation-from = from { $first } to the end of { $year }
nation-in = in { $year }
nation-few = too few to tell
nation-county =
    { $county }: switched on { $day } ({ $source ->
        [published] published
       *[modelled] modelled
    }); { $residents } residents, { $hispanic } % Hispanic.
nation-unknown = No county has this in its name.

# opening
opening-title = { $number } of { $all }: { $title }
opening-back = ← Back
opening-next = Next →
opening-skip = Skip: to the sandbox
opening-leave = To the sandbox
says-print = By { $day }: { $booked } people booked; the prints of { $prints } reached immigration; { $matches } matched a record there; for { $detainers } ICE asked the jail to hold; { $custody } came into its custody.
says-switch-before = { $day } is not here yet.
says-switch = Perceived risk, of 100, before the day and now: { $groups }.
says-fork = By { $day } immigration received { $prints } sets of prints to the left and { $printsRight } to the right; ICE took { $taken } and { $takenRight } people.
says-bearers = Without the programme, of 100 victims over the last year so many more call the police: { $groups }.

# overview
layer-information = Information: who may get the prints
layer-federal = Federal action: on whom ICE acts
layer-custody = Local custody: whom the jail holds
layer-police = Police: what officers do and say
layer-several = Several layers at once
layer-information-short = information
layer-federal-short = federal
layer-custody-short = custody
layer-police-short = police
layer-several-short = several
overview-title = All regimes at once
overview-what = What each regime changes against the programme as it was. A click on its name puts it into the right city.
overview-waiting = Every regime is being lived under the same dice; the first numbers come within seconds.
overview-moved = from { $day }, with the programme; in history later
overview-from = from { $day }
overview-nothing = in law it changes nothing here
overview-put = Put it into the right city
overview-by-group = by group
overview-programme = The programme, nobody opts out
overview-programme-note = what differences are taken from
agent-for = one agent for { $people } people
overview-one = (one so far, and one history has no interval)
overview-about = { $place }, { $start } to { $end }{ $scale }. Each regime against the programme under the same dice; lines are 95 % intervals over { $seeds } seeds{ $none }, hollow where the interval holds 0. Custody and removals are of the whole run, trust of its last week, the rest of its last year. Every axis has 0 in the middle and is the same for all regimes.
overview-by-layer = by layer
overview-outcome = Outcome
overview-lived = Seeds lived
overview-done = { $done } of { $total } seeds
overview-table = All regimes by outcome
overview-regime = Regime

# regimes
station-jail = The jail takes prints
station-bureau = State bureau
station-fbi = FBI: criminal check
station-ident = IDENT: immigration match
station-detainer = ICE lodges a detainer
station-hold = The jail holds
station-custody = ICE custody, removal
lever-void = { $lever } (void)
cut-at = Cut at: { $station }
cut-at-on = { $station }: who could cut here on { $day }
cut-allowed = Decided by: { $decider }. Lever: { $lever }. { $why }
cut-void = not on this day. { $why } Decided by: { $decider }. Lever: { $lever }.
cut-takes-earlier = It would take a start before { $day }, while the law allowed it.
cut-takes-law = It would take another law.
cut-takes-others = Others who may: { $may }.
cut-hint = Press a station to see who could cut there.
cut-from = From { $day }
pipeline-uncut = The pipeline from the jail's prints to ICE custody, uncut.
pipeline = The pipeline from the jail's prints to ICE custody. { $moves }.
pipeline-moves = { $decider } moves { $lever }
pipeline-moves-void = { $decider } moves { $lever }, without effect at times
compare-nothing = nothing: one city
compare-with = Compare with
regime-nothing = In law nothing here differs from the calendar that holds without a regime.
regime-begins = Begins to matter here on { $day }.
regime-begins-late = Begins to matter here on { $day }, after the last day of this run.
regime-history = In history: { $history }
regime-void = From { $day } without effect: { $what }
regime-first-day = First day, if not as in history

# recorded page
recorded-alone = This page is a recording: it shows the runs that are in it, and computes nothing. With comity installed, “comity app” lives any other.
recorded-broken = the recording in this page was cut or edited, and cannot be read
recorded-not-here = This is not part of the recording.
recorded-no-story = { $resident } is not told of in this recording.
recorded-no-answer = This recording does not know the answer here.
recorded-no-file = Numbers are not in the recording as a file; pictures are.
recorded-cut = this part of the page was cut or edited
recorded-whole = another regime, or the page as it was made
recorded-not-in = not in this recording
recorded-what-is = a regime to compare with, or a lesson's answer
recorded-nothing-new = lives nothing anew
recorded-install = comity installed, and the command: comity app
recorded-one-seed = This pair was recorded with one seed.
recorded-notice = A recording by comity { $version }: San Francisco, { $views } runs to look at, intervals over { $seeds } seeds. Nothing is computed here; whoever installs comity can ask anything else of the model.

# results, share
results-what = Tables and figures of the results folder: published experiments, and runs, comparisons and sweeps of this machine. They are results of a model, not measurements.
results-none = The results folder is empty or not there. Start the program with { $option } to show one.
results-table = Table { $file }
results-first = Only the first { $rows } rows are shown.
saved = Saved { $name }.
uploaded = The scenario is open.
upload-large = upload: file = { $bytes } bytes: too large. Valid: a scenario in TOML of at most 1 MiB.
copied = The address is copied. It holds the full state.
copy-by-hand = This address holds the full state:

# sight
sight-begins = { $regime } begins on { $day }
sight-never = In law { $one } and { $other } never differ here.
sight-nothing = In law { $regime } changes nothing here.
sight-late = { $what }, after the last day of this run, { $last }. Until then there is nothing to see of it.
sight-late-two = { $what }, after the last day of this run, { $last }. Until then there is nothing to see between the two cities.
sight-part = The two cities part on { $day }; before that day nothing differs.
sight-matters = { $regime } begins to matter here on { $day }; before that day it changes nothing.
sight-unseen = In law the two cities have differed since { $day }, but nothing that the page shows has differed yet.
offer-longer = Extend the run to { $day }
offer-active = Start it on { $day }, when the programme is switched on
offer-first = Start it on { $day }, the first day of the run
offer-forth = Go to a day on which it shows

# story
story-alike = The story is the same in both cities.
story-differs = Lines that differ are marked.
story-nobody = Nothing has happened to anybody yet.

# why
why-asking = Why? Every mechanism is being switched off under the same dice…
why-later = Why? That is told once some days are lived and the run stands.
why-all = all of it and more
why-share = { $share } % of it
why-without = without { $mechanism } { $share } would be gone
why-without-next = without { $mechanism } { $share }
why-rest = without any reaction of people { $left } would be left
why-rest-law = without any reaction of people { $left } would be left: it comes with the law itself, not with how people react
why-rest-seen = without any reaction of people { $left } would be left: people see the opt-out itself, and need no further reason to think so
why-rest-none = without any reaction of people nothing would be left that can be told from chance
why-same = By { $day } not one number differs in any of { $seeds } seeds: what was changed has no effect here.
why-coarse = Reasons are looked for with one agent for { $people } people, where by { $day } nothing differs by more than chance in { $seeds } seeds. What is shown has one for { $shown }: beds and officers are whole agents, and may be enough for everybody there and not here.
why-chance = By { $day } nothing differs by more than chance in { $seeds } seeds.
why-other = { $outcome } does not differ by more than chance. What does most:
why-sentence =
    { $outcome }: { $difference } { $side ->
        [right] to the right
       *[change] by the last change
    } by { $day }; { $carriers }.
why-numbers = The numbers behind it
why-off = Switched off in both
why-goes = goes with it
why-part = share
why-everything = everything: what is left
why-overlaps = shares overlap where one works through another
why-overlap = Shares overlap where one mechanism works through another. Those that cannot be told from chance are left out.
why-also = Also moved: { $states }.
why-about = { $seeds } seeds, 95 % intervals{ $done }{ $scale }. Totals from the first day, rates of the last year, states at the end.
why-ahead = This is of { $end }, the last day of the run; shown is { $shown }.
why-lived = { $done } of { $total } lived
why-another = Place, days, dice or people per agent were changed: that is another history, and there is nothing to compare it with.
word-see = See:
