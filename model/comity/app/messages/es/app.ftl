# Lo que dicen los módulos de la página, módulo por módulo.

# app.js, main.js, languages.js
no-answer = El servidor no responde.
idle = Esta página estuvo inactiva, así que el servidor cerró su simulación.
idle-again = Retomarla
full = Todos los lugares de este servidor están ocupados.
full-again = Intentar de nuevo
lost = Se perdió la conexión con el servidor. Se retomará en cuanto el servidor responda.
lived-again =
    Simulado de nuevo desde el primer día, con { $people ->
        [same] las mismas
       *[other] otras
    } personas y { $dice ->
        [same] los mismos
       *[other] otros
    } dados.
lived-again-shown = Se muestra el { $day }, cuando ya se puede ver.
invalid = Esto no se puede usar:
invalid-valid = { $wrong }. Válido: { $valid }
open-standard = Abrir la página estándar
model-failed = El modelo falló: { $error }

# bar, transport
bar-pause = Pausa
bar-plays = Reproducir
bar-one = { $custody } personas han pasado a la custodia de ICE.
bar-two = Han pasado a la custodia de ICE { $custody } personas a la izquierda y { $custodyRight } a la derecha.
pause = ❚❚ Pausa
again = ↺ Otra vez
catching-up = poniéndose al día…
living-again = simulando de nuevo…
getting-ready = preparando…
pace = { $days } días/s
day-of = día { $day } de { $days }
first-start = Preparando por primera vez…
first-start-why = Tras una instalación, el modelo se compila una sola vez a código de máquina. Tarda cerca de un minuto, más en una máquina ocupada; ya van { $seconds } segundos.
headline-one = Hasta el { $day }, { $booked } personas han ingresado en la cárcel en { $place }; las huellas de { $prints } llegaron a inmigración, y { $custody } pasaron a la custodia de ICE.
headline-two = Hasta el { $day } en { $place }, ICE se llevó a { $custody } personas bajo «{ $left }» y a { $custodyRight } bajo «{ $right }»; recibió { $prints } y { $printsRight } juegos de huellas.
headline-same = El mismo régimen en ambos lados: hasta el { $day } nada difiere, porque las personas, los días y los dados son los mismos.
subline-same = De las víctimas hispanas de delitos, llaman a la policía tantas a la derecha como a la izquierda.
subline-fewer = De cada 100 víctimas hispanas de delitos, a la derecha llaman a la policía { $victims } menos que a la izquierda.
subline-more = De cada 100 víctimas hispanas de delitos, a la derecha llaman a la policía { $victims } más que a la izquierda.
subline-calls = De cada 100 víctimas de delitos que son hispanas y no están autorizadas, { $unauthorized } llaman a la policía; de cada 100 que no son hispanas, { $others }.

# controls
scale-everybody = 1 (todos)
people-each = Se simulan { $residents } residentes, uno por cada persona.
people-scaled = Se simulan { $residents } residentes, uno por cada { $scale } personas.
people-dots = Cada uno es un punto.
hypothesis-mechanisms = activa: { $mechanisms }
hypothesis-none = todos los mecanismos desactivados
mechanisms-off = Un mecanismo que ninguna hipótesis nombra está desactivado.
extension-adds = una extensión: agrega hipótesis y parámetros
extensions-installed = Extensiones instaladas:
parameter-undo = Volver al valor predeterminado
parameter-undo-which = { $name }: volver al valor predeterminado
parameter-element = { $name }, { $element }
parameter-assumed = supuesto
parameter-about = { $unit }, de { $low } a { $high }; { $source }
role-policy = Política: alguien lo decide
role-uncertain = Incierto: supuesto o ajustado
role-data = Dato: medido
role-numerical = Numérico: ajustes del cálculo

# charts, figure
left = Izquierda
right = Derecha
left-small = izquierda
right-small = derecha
now = ahora
difference = diferencia
chart-line = { $group }: { $first } al principio, { $now } ahora
chart-summary = { $outcome }, { $unit }, por grupo.
published-beside = Publicado (puntos): { $outcome }, { $value } del { $start } al { $last }; el modelo, { $model }. Fuente: { $source }.
published-ahead = Publicado (puntos): { $outcome }, { $value } del { $start } al { $last }; el modelo aún no llega a esos días. Fuente: { $source }.
difference-one = { $group }: { $outcome }, derecha menos izquierda: { $difference } { $unit } con esta semilla. Es una sola historia: simule más semillas para ver qué tan seguro es.
difference-seeds = { $group }: { $outcome }, derecha menos izquierda: { $difference } { $unit } con esta semilla; { $mean } ± { $half } { $unit } sobre { $seeds } semillas (intervalo del 95 %).
figure-difference = Derecha menos izquierda: { $outcome }, { $unit }; { $group }
figure-solid = { $title } (línea continua)
figure-dashed = { $title } (línea discontinua)
figure-foot = comity, semilla { $seed }: resultados de un modelo, no mediciones

# city, colours
left-city = Ciudad izquierda
right-city = Ciudad derecha
the-city = La ciudad
city-solid = izquierda, líneas continuas
city-dashed = derecha, líneas discontinuas
city-fewer = menos residentes hispanos
city-more = más →
city-all = { $jail } en la cárcel, { $ice } bajo custodia de ICE, { $removed } expulsados, { $moved } se mudaron
city-squares = un cuadro por cada { $each } de los expulsados en el modelo
city-neighbourhood = Barrio { $number }: { $hispanic } % hispanos; confianza { $trust }, riesgo { $risk } de 100; { $jail } en la cárcel, ICE se llevó a { $taken }.
city-summary = { $title }: { $neighbourhoods } barrios ordenados según su proporción de hispanos.
of-100 = { $value } de 100
where-community = en la comunidad
where-jail = en la cárcel
where-ice = bajo custodia de ICE
where-removed = expulsados
where-moved = se mudaron

# funnel
stage-booked = Ingreso, toma de huellas
stage-prints = Huellas a inmigración
stage-match = Coincidencia en IDENT
stage-identified = Identificado ante ICE
stage-detainer = Detainer
stage-custody = Custodia de ICE
stage-removed = Expulsado
level-L1 = L1, delito muy grave
level-L2 = L2, delito grave (felony)
level-L3 = L3, delito menor
level-C0 = C0, nunca condenado
status-us-born = nacido en EE. UU.
status-immigrant = inmigrante con estatus legal o naturalizado
status-unauthorized = no autorizado
funnel-two = Barra superior: izquierda; inferior: derecha.
funnel-reading = El largo es logarítmico (diez veces más es un paso); los tonos son proporciones. Alguien puede ser identificado sin coincidencia, por remisión o entrevista.

# nation
nation-drawing = Dibujando el país…
nation-map = Mapa de condados
nation-model = Modelo: { $run }
nation-show = Mostrar
nation-activations = Activación
nation-date = Fecha
nation-find = Buscar un condado
zoom-in = Acercar
zoom-out = Alejar
nation-whole = Todo el país
nation-fit = Ajustar los colores a los datos
nation-point = Señale un condado o búsquelo por su nombre.
nation-none = Aquí aparecen resultados cuando la carpeta de resultados contiene una simulación de muchos condados, como la que se hace con: { $command }
nation-activation = Color: el año en que se activó Comunidades Seguras. Casi todas las fechas son del modelo, porque no se puede distribuir ninguna tabla de ellas por condado; las publicadas se indican como tales al señalar un condado.
nation-on = El { $day } están activados { $on } de { $counties } condados en { $states } estados, donde vive el { $share } % de todos los residentes.
nation-not-yet = todavía no
nation-outcome = { $outcome }, { $when }, en el modelo: { $value } en todos los condados.
nation-outcome-here = { $outcome }, { $when }, en el modelo: { $value }.
or-less = { $value } o menos
or-more = { $value } o más
nation-from = desde { $first } hasta el fin de { $year }
nation-in = en { $year }
nation-few = muy pocos casos para saberlo
nation-county =
    { $county }: activado el { $day } ({ $source ->
        [published] publicado
       *[modelled] modelado
    }); { $residents } residentes, { $hispanic } % hispanos.
nation-unknown = Ningún condado tiene eso en su nombre.

# opening
opening-title = { $number } de { $all }: { $title }
opening-back = ← Atrás
opening-next = Siguiente →
opening-skip = Omitir: ir al modelo libre
opening-leave = Ir al modelo libre
says-print = Hasta el { $day }: { $booked } personas ingresaron en la cárcel; las huellas de { $prints } llegaron a inmigración; { $matches } coincidieron con un registro; por { $detainers } ICE pidió a la cárcel que las retuviera; { $custody } pasaron a su custodia.
says-switch-before = El { $day } todavía no llega.
says-switch = Riesgo percibido, de 100, antes de ese día y ahora: { $groups }.
says-fork = Hasta el { $day }, inmigración recibió { $prints } juegos de huellas a la izquierda y { $printsRight } a la derecha; ICE se llevó a { $taken } y a { $takenRight } personas.
says-bearers = Sin el programa, de cada 100 víctimas del último año, llaman a la policía tantas más: { $groups }.

# overview
layer-information = Información: quién puede recibir las huellas
layer-federal = Acción federal: sobre quién actúa ICE
layer-custody = Custodia local: a quién retiene la cárcel
layer-police = Policía: qué hacen y dicen los agentes
layer-several = Varias capas a la vez
layer-information-short = información
layer-federal-short = federal
layer-custody-short = custodia
layer-police-short = policía
layer-several-short = varias
overview-title = Todos los regímenes a la vez
overview-what = Qué cambia cada régimen frente al programa tal como fue. Un clic en su nombre lo pone en la ciudad de la derecha.
overview-waiting = Cada régimen se simula con los mismos dados; los primeros números llegan en segundos.
overview-moved = desde el { $day }, con el programa; en la historia, después
overview-from = desde el { $day }
overview-nothing = legalmente no cambia nada aquí
overview-put = Ponerlo en la ciudad de la derecha
overview-by-group = por grupo
overview-programme = El programa, nadie se excluye
overview-programme-note = las diferencias son respecto a esto
agent-for = un agente por cada { $people } personas
overview-one = (una hasta ahora, y una sola historia no tiene intervalo)
overview-about = { $place }, del { $start } al { $end }{ $scale }. Cada régimen frente al programa con los mismos dados; las líneas son intervalos del 95 % sobre { $seeds } semillas{ $none }, y el punto está vacío donde el intervalo contiene el 0. Custodia y expulsiones son de toda la simulación, la confianza de su última semana, lo demás de su último año. Cada eje tiene el 0 en medio y es el mismo para todos los regímenes.
overview-by-layer = por capa
overview-outcome = Resultado
overview-lived = Semillas simuladas
overview-done = { $done } de { $total } semillas
overview-table = Todos los regímenes por resultado
overview-regime = Régimen

# regimes
station-jail = La cárcel toma huellas
station-bureau = Oficina estatal
station-fbi = FBI: antecedentes
station-ident = IDENT: coincidencia
station-detainer = ICE emite un detainer
station-hold = La cárcel retiene
station-custody = Custodia, expulsión
lever-void = { $lever } (nulo)
cut-at = Cortar en: { $station }
cut-at-on = { $station }: quién podría cortar aquí el { $day }
cut-allowed = Decide: { $decider }. Palanca: { $lever }. { $why }
cut-void = en este día no. { $why } Decide: { $decider }. Palanca: { $lever }.
cut-takes-earlier = Haría falta empezar antes del { $day }, mientras la ley lo permitía.
cut-takes-law = Haría falta otra ley.
cut-takes-others = Otros que pueden: { $may }.
cut-hint = Pulse una estación para ver quién podría cortar allí.
cut-from = Desde el { $day }
pipeline-uncut = El camino de las huellas de la cárcel a la custodia de ICE, sin cortes.
pipeline = El camino de las huellas de la cárcel a la custodia de ICE. { $moves }.
pipeline-moves = { $decider } mueve la palanca «{ $lever }»
pipeline-moves-void = { $decider } mueve la palanca «{ $lever }», a veces sin efecto
compare-nothing = con nada: una ciudad
compare-with = Comparar con
regime-nothing = Legalmente, nada aquí difiere del calendario que rige sin ningún régimen.
regime-begins = Empieza a importar aquí el { $day }.
regime-begins-late = Empieza a importar aquí el { $day }, después del último día de esta simulación.
regime-history = En la historia: { $history }
regime-void = Desde el { $day } sin efecto: { $what }
regime-first-day = Primer día, si no es el de la historia

# recorded page
recorded-alone = Esta página es una grabación: muestra las simulaciones que contiene y no calcula nada. Con comity instalado, «comity app» simula cualquier otra.
recorded-broken = la grabación de esta página fue recortada o editada y no se puede leer
recorded-not-here = Esto no es parte de la grabación.
recorded-no-story = Esta grabación no cuenta nada de { $resident }.
recorded-no-answer = Esta grabación no conoce la respuesta aquí.
recorded-no-file = Los números no están en la grabación como archivo; las figuras sí.
recorded-cut = esta parte de la página fue recortada o editada
recorded-whole = otro régimen, o la página tal como se creó
recorded-not-in = no está en esta grabación
recorded-what-is = un régimen con el que comparar, o la respuesta de una lección
recorded-nothing-new = no simula nada nuevo
recorded-install = comity instalado, y el comando: comity app
recorded-one-seed = Este par se grabó con una sola semilla.
recorded-notice = Una grabación de comity { $version }: San Francisco, { $views } simulaciones para ver, intervalos sobre { $seeds } semillas. Aquí no se calcula nada; quien instale comity puede preguntarle al modelo cualquier otra cosa.

# results, share
results-what = Tablas y figuras de la carpeta de resultados: experimentos publicados, y simulaciones, comparaciones y barridos de esta máquina. Son resultados de un modelo, no mediciones.
results-none = La carpeta de resultados está vacía o no existe. Inicie el programa con { $option } para mostrar una.
results-table = Tabla { $file }
results-first = Solo se muestran las primeras { $rows } filas.
saved = Se guardó { $name }.
uploaded = El escenario está abierto.
upload-large = archivo subido = { $bytes } bytes: demasiado grande. Válido: un escenario en TOML de 1 MiB como máximo.
copied = Se copió la dirección. Contiene el estado completo.
copy-by-hand = Esta dirección contiene el estado completo:

# sight
sight-begins = { $regime } empieza el { $day }
sight-never = Legalmente, { $one } y { $other } nunca difieren aquí.
sight-nothing = Legalmente, { $regime } no cambia nada aquí.
sight-late = { $what }, después del último día de esta simulación, el { $last }. Hasta entonces no hay nada que ver de ello.
sight-late-two = { $what }, después del último día de esta simulación, el { $last }. Hasta entonces no hay nada que ver entre las dos ciudades.
sight-part = Las dos ciudades se separan el { $day }; antes de ese día nada difiere.
sight-matters = { $regime } empieza a importar aquí el { $day }; antes de ese día no cambia nada.
sight-unseen = Legalmente, las dos ciudades difieren desde el { $day }, pero nada de lo que muestra la página ha diferido todavía.
offer-longer = Extender la simulación hasta el { $day }
offer-active = Empezarlo el { $day }, cuando se activa el programa
offer-first = Empezarlo el { $day }, el primer día de la simulación
offer-forth = Ir a un día en que se note

# story
story-alike = La historia es la misma en ambas ciudades.
story-differs = Las líneas que difieren están marcadas.
story-nobody = Todavía no le ha pasado nada a nadie.

# why
why-asking = ¿Por qué? Se está desactivando cada mecanismo con los mismos dados…
why-later = ¿Por qué? Se dice cuando ya se han simulado algunos días y la simulación se detiene.
why-all = toda y más
why-share = el { $share } % de ella
why-without = sin { $mechanism } desaparecería { $share }
why-without-next = sin { $mechanism }, { $share }
why-rest = sin ninguna reacción de la gente quedaría { $left }
why-rest-law = sin ninguna reacción de la gente quedaría { $left }: se debe a la ley misma, no a cómo reacciona la gente
why-rest-seen = sin ninguna reacción de la gente quedaría { $left }: la gente ve la exclusión misma, y no necesita otra razón para pensarlo
why-rest-none = sin ninguna reacción de la gente no quedaría nada que se distinga del azar
why-same = Hasta el { $day } ningún número difiere en ninguna de { $seeds } semillas: lo que se cambió no tiene efecto aquí.
why-coarse = Las razones se buscan con un agente por cada { $people } personas, y ahí hasta el { $day } nada difiere más que por azar en { $seeds } semillas. Lo que se muestra tiene uno por cada { $shown }: las camas y los agentes de ICE son unidades enteras, y pueden bastar para todos allá y no aquí.
why-chance = Hasta el { $day } nada difiere más que por azar en { $seeds } semillas.
why-other = { $outcome } no difiere más que por azar. Lo que más difiere:
why-sentence =
    { $outcome }: { $difference } { $side ->
        [right] a la derecha
       *[change] por el último cambio
    } hasta el { $day }; { $carriers }.
why-numbers = Los números que hay detrás
why-off = Desactivado en ambas
why-goes = se va con ello
why-part = parte
why-everything = todo: lo que queda
why-overlaps = las partes se superponen cuando un mecanismo actúa a través de otro
why-overlap = Las partes se superponen cuando un mecanismo actúa a través de otro. Las que no se distinguen del azar se omiten.
why-also = También cambió: { $states }.
why-about = { $seeds } semillas, intervalos del 95 %{ $done }{ $scale }. Totales desde el primer día, tasas del último año, estados al final.
why-ahead = Esto es del { $end }, el último día de la simulación; se muestra el { $shown }.
why-lived = { $done } de { $total } simuladas
why-another = Se cambió el lugar, los días, los dados o las personas por agente: es otra historia, y no hay nada con qué compararla.
word-see = Véase:
