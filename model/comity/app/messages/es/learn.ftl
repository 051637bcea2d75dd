# steps of a lesson
learn-opening = Abriendo…
learn-answered = respondida
learn-begin = Empezar
learn-title = Lección { $number }: { $title }
learn-next = Siguiente lección
learn-again = Empezar de nuevo
learn-leave = Salir de la lección
learn-skip = Seguir sin adivinar
learn-go-on = Seguir
learn-hint = Pista { $number } de { $all }
learn-not-yet = Todavía no. { $text }
learn-before = Antes de mirar: ¿qué cree usted? Esta pregunta vuelve al final.
learn-after = La pregunta de antes. ¿Qué cree ahora?
learn-said-before = Antes dijo: «{ $said }»
learn-waits = Simulando…

# guesses
guess-show = Mostrar lo que pasa
guess-enter = Su estimación, de { $low } a { $high }, { $unit }:
guess-draw = Dibuje con el dedo o el ratón, o fije abajo el valor de cada día.
guess-key-run = la simulación tal como está ahora
guess-key-yours = su estimación
guess-picture = { $outcome }. Su estimación: { $guess }. La simulación: { $model }.
guess-choice = Su estimación: { $guess }. En la simulación: { $value }.
guess-number = Su estimación: { $guess }. En la simulación: { $value }.
guess-yours = su estimación: { $guess }
guess-models = la simulación: { $value }
guess-line-near = Su línea queda cerca de la de la simulación.
guess-line-far = Su línea queda lejos de la de la simulación.

# what was learned
learned-title = Sus respuestas
learned-note = Se quedan en este navegador y no contienen nada sobre usted. Guárdelas en un archivo para su docente; aquí un docente puede leer los archivos de una clase y ver si alguien aprendió.
learned-table = Respuestas por lección
learned-lesson = Lección
learned-before = Antes
learned-guess = Estimación
learned-task = Tarea
learned-after = Después
learned-score = { $right } de { $all } correctas
learned-save = Guardar en un archivo
learned-forget = Olvidarlas
learned-read = Leer los archivos de una clase
learned-files = Leídos: { $number ->
    [one] un archivo
   *[other] { $number } archivos
  }.
learned-too-large = { $file } es demasiado grande para respuestas: un archivo de respuestas tiene como máximo { $most } KiB. No se leyó.
learned-other-form = { $file } no es un archivo de respuestas que esta página conozca. No se leyó.

# Lessons' answers in few words, for the bar on a phone: each beside its said-answer-…
bar-answer-prints = Juegos de huellas: izquierda { $left }, derecha { $right }.
bar-answer-alike = Residentes que difieren: { $differ }. Víctimas que llaman: { $calls } | { $callsRight } de 100.
bar-answer-beds = Delito grave o muy grave: { $share } % de { $people }.
bar-answer-silence = Víctimas que llaman: { $calls } | { $without } de 100. Delitos: { $more } %.
bar-answer-citizens = Riesgo, de 100: nacidos en EE. UU. { $born }, no autorizados { $unauthorized }.
bar-answer-opt-out = Huellas, derecha: { $share } %. Llevados: izquierda { $left }, derecha { $taken }.
bar-answer-back = Vista como de ICE, derecha: { $first } al principio, { $worst } en lo peor, { $now } ahora.
bar-answer-time = Horas por semana. Para ICE: { $left } | { $right }; patrullaje: { $patrol } | { $patrolRight }.
