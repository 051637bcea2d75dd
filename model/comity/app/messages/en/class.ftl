# Class mode: joining, locked lessons, and the teacher's page.

join-heading = Join the class
join-code = Code
join-button = Join
join-stored = You get a seat with a number. Your teacher sees which lesson that seat is at and what it answered, and nothing else: no name, no account, no cookie. This tab keeps the seat until it is closed; the server keeps answers in memory until it stops, unless your teacher saves them by seat number.
join-again = This seat is gone: your teacher reset it, or the class began anew. Join again.
seat = Seat { $number }
elsewhere = This seat is open in another tab.
elsewhere-here = Take it here
refused-wrong_code = That is not the code of this class.
refused-wrong_secret = That is not the teacher's secret.
refused-too_many = Too many wrong ones came from here. Try again in { $wait } seconds.
refused-busy = Many are joining at once. Trying again in { $wait } seconds…
refused-full = All seats of this class are taken.
refused-no_seat = This seat is gone.
refused-too_large = That is too long.
refused-too_much = This seat has as many answers as can be kept.
refused-malformed = The server could not read that.
refused-foreign = Another page asked for this.
refused-lost = The server does not answer.
not-kept = The class did not take your last answers: { $why }

locked-note = This page was opened by a link that leaves only what the lesson asks to move.

teacher-title = comity: the teacher's page
teacher-brand = the teacher's page
teacher-heading = The class
teacher-secret = Secret (the terminal said it)
teacher-enter = Enter
teacher-code = Join code: { $code }. Students open { $address }
teacher-wrong = { $wrong ->
    [one] { $wrong } wrong code was tried.
   *[other] { $wrong } wrong codes were tried.
}
teacher-stored = Nothing about persons is known here: seats are numbers. Seats and answers are in the memory of this program until it stops or you reset them; only these buttons save them.
teacher-csv = Save answers (CSV)
teacher-json = Save answers (JSON)
teacher-reset-all = Reset all
teacher-reset-all-sure = Forget all seats and all answers, and send everybody back to the code?
teacher-reset = Reset
teacher-reset-label = Reset seat { $seat }
teacher-reset-sure = Forget seat { $seat } and its answers?
teacher-seats = Who is where
teacher-table =
    .aria-label = Seats
teacher-nobody = Nobody has joined yet.
teacher-seat = Seat
teacher-here = Here
teacher-where = Where
teacher-answered = Answers
teacher-right = Right
teacher-do = Do
teacher-heard = Heard of
teacher-yes = yes
teacher-no = no
teacher-ago = { $seconds } s ago
teacher-questions = Answers by question
teacher-questions-table =
    .aria-label = Answers by question
teacher-no-answers = Nobody has answered yet.
teacher-lesson = Lesson
teacher-question = Question
teacher-guesses = What was said
teacher-links = Links to give
teacher-links-note = Each opens the class at a lesson, with every control locked but those that the lesson asks to move.
teacher-links-table =
    .aria-label = Links to give
teacher-link = Link
teacher-copy = Copy
teacher-copied = The link is copied.

# What is said where nothing is on its way any more.
nothing-shown = Nothing is shown yet. The message above says why.

# What is wrong with a recording.
recorded-other-version = This recording was made by another version of comity than the page around it: what both know is shown.
recorded-damaged = Parts of this recording were cut or edited: the rest is shown.
recorded-left-out = Left out: { $parts }.
recorded-part-title = its title
recorded-part-base = what all runs have in common
recorded-part-every = how many days lie between frames
recorded-part-cities = which days belong to which run
recorded-part-overview = all regimes at once
recorded-part-views = runs
recorded-part-files = tables
recorded-part-pieces = days of runs
recorded-part-seals = the checksums of all parts
recorded-part-form = its version
recorded-part-other = something that was put into it
recorded-cut-off = This page was cut: its end is missing. What was before the cut is shown. Get the file again to see all of it.
recorded-cut-off-all = This page was cut: its end is missing, and nothing of the recording can be shown. Get the file again.
