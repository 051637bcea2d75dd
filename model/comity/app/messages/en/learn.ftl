# steps of a lesson
learn-opening = Opening…
learn-answered = answered
learn-begin = Begin
learn-title = Lesson { $number }: { $title }
learn-next = Next lesson
learn-again = Start over
learn-leave = Leave the lesson
learn-skip = Go on without a guess
learn-go-on = Go on
learn-hint = Hint { $number } of { $all }
learn-not-yet = Not yet. { $text }
learn-before = Before you look: what do you think? This question comes again at the end.
learn-after = The question from before. What do you think now?
learn-said-before = Before, you said: “{ $said }”
learn-waits = The run is being lived…

# guesses
guess-show = Show what happens
guess-enter = Your guess, from { $low } to { $high }, { $unit }:
guess-draw = Draw with a finger or the mouse, or set each day below.
guess-key-run = the run as it stands now
guess-key-yours = your guess
guess-picture = { $outcome }. Your guess: { $guess }. The run: { $model }.
guess-choice = Your guess: { $guess }. In the run: { $value }.
guess-number = Your guess: { $guess }. In the run: { $value }.
guess-yours = your guess: { $guess }
guess-models = the run: { $value }
guess-line-near = Your line is near that of the run.
guess-line-far = Your line is some way from that of the run.

# what was learned
learned-title = Your answers
learned-note = They stay in this browser and hold nothing about you. Save them as a file for your teacher; a teacher can read the files of a class here, and sees whether anybody learned.
learned-table = Answers by lesson
learned-lesson = Lesson
learned-before = Before
learned-guess = Guess
learned-task = Task
learned-after = After
learned-score = { $right } of { $all } right
learned-save = Save as a file
learned-forget = Forget them
learned-read = Read the files of a class
learned-files = Read: { $number ->
    [one] one file
   *[other] { $number } files
  }.
learned-too-large = { $file } is too large for answers: a file of answers has at most { $most } KiB. It was not read.
learned-other-form = { $file } is not a file of answers that this page knows. It was not read.

# Lessons' answers in few words, for the bar on a phone: each beside its said-answer-…
bar-answer-prints = Sets of prints: left { $left }, right { $right }.
bar-answer-alike = Residents who differ: { $differ }. Victims who call: { $calls } | { $callsRight } of 100.
bar-answer-beds = Felony or serious: { $share } % of { $people } taken.
bar-answer-silence = Victims who call: { $calls } | { $without } of 100. Crime: { $more } %.
bar-answer-citizens = Risk of 100: US-born { $born }, unauthorized { $unauthorized }.
bar-answer-opt-out = Prints, right: { $share } %. Taken: left { $left }, right { $taken }.
bar-answer-back = Seen as ICE's, right: { $first } at first, { $worst } at worst, { $now } now.
bar-answer-time = Weekly hours. For ICE: { $left } | { $right }; patrol: { $patrol } | { $patrolRight }.
