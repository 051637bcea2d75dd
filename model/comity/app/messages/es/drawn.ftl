# Lo que está escrito en las figuras que dibuja el paquete, como lo encuentra js/drawn.js: el texto que concuerda con un mensaje inglés se dice
# con el de aquí.

# Lo publicado junto al modelo
drawn-interval = intervalo publicado de -1 a +1; a la derecha: publicado | modelo, unidad, veredicto
drawn-only-sign = solo se publicó un signo
judged-inside = dentro
judged-inside-not-null = dentro, no nulo
judged-right-sign = signo correcto
judged-wrong = no acierta
judged-silent = no dice nada
judged-too-few-events = demasiado pocos casos
judged-failed = sin número
drawn-reproduction = { $name }: publicado (gris) y modelo (azul), { $histories }, { $people }. Resultados del modelo, no mediciones.
drawn-history = { $n } historia
drawn-histories = { $n } historias
drawn-scale-one = un agente por persona
drawn-scale = { $n } personas por agente
drawn-quarters = trimestres desde la activación; bandas: mínimo y máximo de las historias
drawn-event = Victimización en un mes, puntos porcentuales por encima del trimestre anterior a la activación
drawn-event-hispanic = modelo, hispanos
drawn-event-other = modelo, los demás
drawn-event-published = publicado, hispanos (leído de una figura)

# Regímenes con los mismos dados
drawn-comparison = { $place }, del { $start } al { $end }: { $seeds } historias pareadas por { $each }, las mismas personas y los mismos dados. Línea gris: { $since }, el primer período de registro en que los regímenes difieren. Bandas: un error estándar. Resultados del modelo, no mediciones.
drawn-caveat = { $text } Cuánta confianza cuesta el papel de la policía en el control migratorio se supone, no se estima: nadie ha publicado una estimación causal. Lo que se sigue del modelo es quién la pierde, qué tan rápido y si vuelve, no cuánta pierde.
drawn-per-regime = régimen
drawn-per-draw = régimen y muestra, { $n } muestras
drawn-counties = { $n } condados
drawn-past-quarter = último trimestre
drawn-chance-above = Probabilidad de denuncia de las víctimas hispanas: puntos porcentuales por encima de «{ $regime }»
drawn-trust-above = Confianza de los hispanos no autorizados: puntos de 100 por encima de «{ $regime }»
drawn-relative = diferencia con «{ $regime }», en % de su valor, con intervalo del 95 % sobre las semillas
drawn-relative-draws = diferencia con «{ $regime }», en % de su valor, con intervalo del 95 % sobre las semillas. Trazo fino: 95 % sobre las muestras, con el error propio del modelo
drawn-prints = huellas enviadas a IDENT
drawn-matches = coincidencias
drawn-detainers = detainers
drawn-custody = bajo custodia de ICE
drawn-removals = expulsiones
drawn-fbi = consultas penales al FBI
drawn-hold-days = días en la cárcel por un detainer
drawn-hispanic-reporting = víctimas hispanas que denuncian
drawn-hispanic-survey = denuncias de hispanos según una encuesta
drawn-other-reporting = otras víctimas que denuncian
drawn-hispanic-victims = victimización hispana
drawn-cleared = incidentes esclarecidos
drawn-risk = riesgo percibido, hispanos nacidos en EE. UU.
drawn-trust-hispanic = confianza en la policía, hispanos
drawn-trust-unauthorized = confianza en la policía, hispanos no autorizados
drawn-trust-immigrant = confianza en la policía, inmigrantes hispanos con estatus legal
drawn-trust-us-born = confianza en la policía, hispanos nacidos en EE. UU.
drawn-trust-other = confianza en la policía, no hispanos

# Barridos
drawn-difference-from = { $outcome }: diferencia con «{ $regime }»
drawn-baseline = la referencia
drawn-against = «{ $regime }» frente a «{ $other }»
drawn-over-what = réplicas ahorradas, n
drawn-paired = diferencia pareada, { $unit }; intervalo del 95 % sobre { $over }
drawn-paired-plain = diferencia pareada; intervalo del 95 % sobre { $over }
drawn-seeds = semillas
drawn-note = { $times } veces, n = { $n }
drawn-note-sign = { $times } veces, n = { $n }, mismo signo { $share }
drawn-missing = faltan { $n }
drawn-n = n = { $n }
drawn-morris = { $what }: cribado de Morris
drawn-mu = mu*: efecto absoluto medio sobre todo el rango, { $unit }, con intervalo del 95 %
drawn-mu-plain = mu*: efecto absoluto medio sobre todo el rango, con intervalo del 95 %
drawn-sigma = sigma: dispersión de los efectos, { $unit }
drawn-sigma-plain = sigma: dispersión de los efectos
drawn-below-floor = no superan el umbral: { $names }
drawn-smaller = menores: { $names }
drawn-depends = { $what }: de qué depende
drawn-first = primer orden
drawn-total = total, con interacciones
drawn-total-first = total, 1.º
drawn-pawn-first = PAWN, 1.º
drawn-pawn-chance = PAWN por azar
drawn-floor = umbral de ruido
drawn-dummy = ficticia
drawn-index = índice; intervalos del 95 %; { $counted }
drawn-points = { $n } puntos
drawn-runs = { $n } simulaciones
drawn-under-each = { $outcome } bajo cada régimen
drawn-spread = { $outcome }: mediana, mitad central, 90 % central; un punto es una simulación
drawn-fail-title = cambio de { $outcome } { $sign } { $value }, { $against }
drawn-fail-level = { $outcome } { $sign } { $value }, { $regime }
drawn-fail-where = Dónde falla el criterio
drawn-fail = fallan { $n } de { $all } puntos
drawn-holds = cumple
drawn-fails = falla
drawn-random = repartidos al azar
drawn-box = cuadrado: esta caja, cobertura { $coverage }; densidad { $density } rombo: cajas de la mitad de los puntos, en la otra mitad, { $elsewhere }
drawn-box-elsewhere = cobertura { $coverage }; densidad { $density }
drawn-coverage = cobertura: parte de todas las fallas que está dentro
drawn-density = densidad: parte de lo de dentro que falla
drawn-nothing-tells = Ninguna incertidumbre dice dónde falla.
drawn-restricted = { $name }: { $range }; cuasi-p { $p }, restringida en el { $share } de las búsquedas en la mitad de los puntos
drawn-or-more = { $low } o más
drawn-up-to = hasta { $high }
drawn-from-to = { $low } a { $high }
drawn-ends = { $label } de { $low } a { $high }

# Calibración y predicción
drawn-recovery = Recuperación: calibrado con simulaciones de parámetros conocidos; medianas e intervalos del 90 % (vertical) frente al valor verdadero
drawn-covered = { $share } dentro ({ $least } a { $most }); r = { $r }
drawn-ranks = Rangos del valor verdadero (línea) menos los uniformes; en 19 de 20 muestras el azar queda en la banda en todas partes
drawn-within = { $name }: dentro
drawn-leaves = { $name }: sale de ella
drawn-place = lugar: parte de la distribución a posteriori por debajo del valor verdadero
drawn-excess = exceso de pruebas por debajo
drawn-excess-older = parte de las pruebas por debajo de ese lugar, menos el lugar
drawn-posterior = Distribución a posteriori (rellena), lo que probó el barrido (línea) y la mediana con dos cifras (discontinua)
drawn-published-model = publicado | modelo
drawn-half-widths = predicho menos publicado, en semianchuras del intervalo publicado del 95 % (gris)
drawn-predictive = Predicción a posteriori, 95 %: ajustados (círculos), para selección (rombos) y reservados (cuadrados)
drawn-thick-thin = trazo grueso: dados y parámetros; trazo fino: con el error del modelo
drawn-probability = probabilidad media a posteriori
drawn-true = verdadera
drawn-recovered = Recuperación de hipótesis

# Hipótesis rivales
drawn-matrix = Parte de las simulaciones, en %, dentro del intervalo publicado ({ $draws }). ≠: la mayoría tiene el signo equivocado. ✕: ninguna tiene un número; *: algunas no lo tienen, y cuentan como fuera. { $silent } números publicados de los que el modelo no dice nada están solo en la tabla. Resultados del modelo, no mediciones.
drawn-pairs = El número publicado que mejor distingue dos hipótesis, y por cuántas desviaciones estándar ({ $draws }). Por debajo de 2, ningún número publicado para ajuste o selección las distingue. Resultados del modelo.
drawn-prior = muestras a priori
drawn-of-posterior = muestras a posteriori
drawn-fitting = ajuste
drawn-selection = selección
drawn-holding-out = reserva
drawn-both-uses = ajuste y selección
drawn-targets = { $use } ({ $n } números publicados)
drawn-behind = cuánto queda detrás de la mejor (logaritmo del factor de Bayes)
drawn-bars = Barras: dos errores estándar de Monte Carlo. ▷: algún número publicado no tiene valor en ninguna muestra. No son mediciones.

# El país
drawn-nation = { $regime }, del { $start } al { $end }, un agente por cada { $scale } personas, semilla { $seed }. Resultados del modelo, no mediciones.
drawn-activation = Activación de Comunidades Seguras. { $dates }
drawn-modelled = Fechas modeladas en { $n } de { $all } condados
drawn-published-dates = Fechas publicadas
drawn-change-after = Probabilidad de denuncia de las víctimas hispanas, después de la activación frente a antes.
drawn-change-against = Probabilidad de denuncia de las víctimas hispanas, frente a «{ $regime }», las mismas personas y los mismos dados.
drawn-grey = Gris: menos de { $few } víctimas en el modelo en alguno de los dos lados ({ $share } de los condados)
