# Modo de clase: la entrada, lecciones con controles bloqueados y la página del docente.

join-heading = Entrar en la clase
join-code = Código
join-button = Entrar
join-stored = Usted recibe un puesto con un número. Su docente ve en qué lección está ese puesto y qué respondió, y nada más: ni nombre, ni cuenta, ni cookies. Esta pestaña guarda el puesto hasta que se cierra; el servidor guarda las respuestas en memoria hasta que se detiene, a menos que su docente las guarde por número de puesto.
join-again = Este puesto ya no existe: su docente lo reinició, o la clase empezó de nuevo. Entre otra vez.
seat = Puesto { $number }
elsewhere = Este puesto está abierto en otra pestaña.
elsewhere-here = Usarlo aquí
refused-wrong_code = Ese no es el código de esta clase.
refused-wrong_secret = Ese no es el secreto del docente.
refused-too_many = Llegaron demasiados errores desde aquí. Inténtelo de nuevo en { $wait } segundos.
refused-busy = Muchas personas entran a la vez. Nuevo intento en { $wait } segundos…
refused-full = Todos los puestos de esta clase están ocupados.
refused-no_seat = Este puesto ya no existe.
refused-too_large = Eso es demasiado largo.
refused-too_much = Este puesto ya tiene todas las respuestas que se pueden guardar.
refused-malformed = El servidor no pudo leer eso.
refused-foreign = Eso lo pidió otra página.
refused-lost = El servidor no responde.
not-kept = La clase no recibió sus últimas respuestas: { $why }

locked-note = Esta página se abrió con un enlace que deja libre solo lo que la lección pide mover.

teacher-title = comity: la página del docente
teacher-brand = la página del docente
teacher-heading = La clase
teacher-secret = Secreto (aparece en la terminal)
teacher-enter = Entrar
teacher-code = Código de entrada: { $code }. Los estudiantes abren { $address }
teacher-wrong = { $wrong ->
    [one] Se probó { $wrong } código equivocado.
   *[other] Se probaron { $wrong } códigos equivocados.
}
teacher-stored = Aquí no se sabe nada de personas: los puestos son números. Puestos y respuestas están en la memoria de este programa hasta que se detiene o usted los reinicia; solo estos botones los guardan.
teacher-csv = Guardar respuestas (CSV)
teacher-json = Guardar respuestas (JSON)
teacher-reset-all = Reiniciar todo
teacher-reset-all-sure = ¿Olvidar todos los puestos y todas las respuestas, y devolver a todos al código?
teacher-reset = Reiniciar
teacher-reset-label = Reiniciar el puesto { $seat }
teacher-reset-sure = ¿Olvidar el puesto { $seat } y sus respuestas?
teacher-seats = Quién está dónde
teacher-table =
    .aria-label = Puestos
teacher-nobody = Todavía no ha entrado nadie.
teacher-seat = Puesto
teacher-here = Aquí
teacher-where = Dónde
teacher-answered = Respuestas
teacher-right = Correctas
teacher-do = Acción
teacher-heard = Última señal
teacher-yes = sí
teacher-no = no
teacher-ago = hace { $seconds } s
teacher-questions = Respuestas por pregunta
teacher-questions-table =
    .aria-label = Respuestas por pregunta
teacher-no-answers = Todavía no ha respondido nadie.
teacher-lesson = Lección
teacher-question = Pregunta
teacher-guesses = Lo que se dijo
teacher-links = Enlaces para repartir
teacher-links-note = Cada uno abre la clase en una lección, con todos los controles bloqueados menos los que la lección pide mover.
teacher-links-table =
    .aria-label = Enlaces para repartir
teacher-link = Enlace
teacher-copy = Copiar
teacher-copied = Se copió el enlace.

# What is said where nothing is on its way any more.
nothing-shown = Todavía no se muestra nada. El mensaje de arriba dice por qué.

# What is wrong with a recording.
recorded-other-version = Esta grabación la hizo otra versión de comity que la página que la rodea: se muestra lo que ambas conocen.
recorded-damaged = Partes de esta grabación fueron recortadas o editadas: se muestra el resto.
recorded-left-out = Se omite: { $parts }.
recorded-part-title = su título
recorded-part-base = lo que todas las simulaciones tienen en común
recorded-part-every = cuántos días hay entre imágenes
recorded-part-cities = qué días pertenecen a qué simulación
recorded-part-overview = todos los regímenes a la vez
recorded-part-views = simulaciones
recorded-part-files = tablas
recorded-part-pieces = días de simulaciones
recorded-part-seals = las sumas de verificación de todas las partes
recorded-part-form = su versión
recorded-part-other = algo que se añadió
recorded-cut-off = Esta página está cortada: le falta el final. Se muestra lo que había antes del corte. Consiga de nuevo el archivo para verla entera.
recorded-cut-off-all = Esta página está cortada: le falta el final, y no se puede mostrar nada de la grabación. Consiga de nuevo el archivo.
