# De qué trata cada número publicado, por su id. Su inglés está en experiments/targets.toml y en los expected.csv de los experimentos;
# comity.app.published da el id solo donde la tabla dice lo mismo que allí, y js/results.js busca entonces el mensaje.
# tests/test_languages.py compara las claves con lo que hay allí.

# Comunidades Seguras: víctimas, denuncias, delitos registrados
finding-t01 = Victimización hispana por mes, efecto de la activación
finding-t01b = Victimización hispana por mes, nivel antes de la activación
finding-t02 = Proporción denunciada de las victimizaciones hispanas, efecto de la activación
finding-t02b = Proporción denunciada de las victimizaciones hispanas, nivel antes de la activación
finding-t03 = Victimización hispana que se denunció, por mes, efecto de la activación
finding-t04 = Victimización no hispana por mes, efecto de la activación
finding-t05 = Proporción denunciada de las victimizaciones no hispanas, efecto de la activación
finding-t06 = Victimización de todos los residentes por mes, efecto de la activación
finding-t07 = Elasticidad de la delincuencia respecto a las denuncias de las víctimas
finding-t08 = Victimización hispana por mes, del trimestre anterior a la activación a su máximo en el cuarto posterior
finding-t08b = Victimización hispana por mes ocho trimestres después de la activación, frente al trimestre anterior a ella (0,85 % frente a 0,875 %)
finding-t08c = Victimización hispana por mes ocho trimestres antes de la activación, frente al trimestre anterior a ella (0,95 % frente a 0,875 %)
finding-t09 = Delitos adicionales contra residentes hispanos en dos años
finding-t10 = Traslados de cárceles locales a la custodia de ICE, aumento con la activación
finding-t10b = Proporción de hispanos entre los trasladados
finding-t10c = Más de la mitad de los arrestos posteriores de ICE provino de remisiones locales
finding-t11 = Delitos conocidos por la policía por condado y año, efecto de la activación
finding-t12 = Envíos de huellas, aumento con la activación
finding-t12b = Coincidencias, aumento con la activación
finding-t12c = Los detainers aumentan con la activación (en 1.033,287 por condado y año, error estándar 433,832; solo el signo es comparable)
finding-t12d = Coincidencias por envío de huellas
finding-t12e = Detainers por envío de huellas
finding-t12f = Detainers por coincidencia
finding-t13 = Delitos del índice del FBI por condado y mes, efecto de la activación
finding-t13b = Delitos violentos del índice por condado y mes, efecto de la activación
finding-t13c = Unas 250.000 detenciones con el programa
finding-t14 = Delitos en ciudades, efecto de la activación
finding-t14b = Arrestos en ciudades, efecto de la activación
finding-t14c = Proporción de hispanos entre los arrestados, efecto de la activación
finding-t15 = Delitos, efecto de las expulsiones del programa por cada 1.000 residentes
finding-t15b = Proporción de delitos resueltos, efecto de las expulsiones del programa por cada 1.000 residentes
finding-t15c = Recursos de la policía local, efecto de las expulsiones del programa: ninguno

# Denuncias, miedo y actitudes
finding-t19 = Proporción de los delitos que denuncian los solicitantes regularizados, aumento por la amnistía
finding-t19b = Proporción de los delitos que denuncian las víctimas no autorizadas
finding-t23 = Menos dispuestos a llamar a la policía como víctimas por miedo a preguntas sobre el estatus: todos los latinos
finding-t23b = Menos dispuestos a llamar a la policía como víctimas: latinos no autorizados
finding-t23c = Menos dispuestos a llamar a la policía como víctimas: latinos nacidos en EE. UU.
finding-t23d = Menos dispuestos a dar por iniciativa propia información sobre un delito: todos los latinos
finding-t23e = Menos dispuestos a llamar a la policía como víctimas: latinos del condado de Cook
finding-t24 = La policía para a latinos sin motivo válido con mucha o con cierta frecuencia: todos
finding-t24b = La policía para a latinos sin motivo válido: latinos nacidos en EE. UU.
finding-t24c = La policía para a latinos sin motivo válido: latinos nacidos en el extranjero
finding-t24d = La policía para a latinos sin motivo válido: latinos no autorizados
finding-t25 = Menos dispuestos a denunciar un delito como víctimas si la policía local trabaja con ICE
finding-t25b = Menos dispuestos a denunciar un delito presenciado si la policía local trabaja con ICE
finding-t25c = Menos dispuestos a usar servicios públicos
finding-t25d = Menos dispuestos a hacer compras y negocios
finding-t25e = Menos dispuestos a asistir a actos públicos
finding-t26 = Cuatro preguntas sobre la confianza en la policía bajan si esta trabaja con ICE
finding-t28 = Miedo de los no ciudadanos a la deportación, cambio de 2007 a 2013 mientras variaban las expulsiones
finding-t28b = Con miedo a la deportación en enero de 2017: todos los latinos
finding-t30 = Llamadas a la policía de Los Ángeles en las dos semanas siguientes al 6 de junio de 2025
finding-t30b = Delitos violentos denunciados por víctimas hispanas en Houston, primer trimestre de 2017
finding-t32 = Victimizaciones posteriores de las víctimas que denunciaron, frente a las que no lo hicieron

# Del envío de huellas a la expulsión
finding-t33 = Tomados bajo custodia de ICE por envío de huellas
finding-t33b = Expulsados por envío de huellas
finding-t33c = Con alguna condena entre los expulsados
finding-t33d = Expulsados entre los tomados bajo custodia
finding-t33e = Tomados bajo custodia por envío de huellas, California respecto al resto (78.407 de 1.785.488; en los demás estados, 118.895 de 5.439.905)
finding-t33f = Expulsados por envío de huellas, California respecto al resto (38.828 de 1.785.488; en los demás estados, 62.913 de 5.439.905)
finding-t34 = Deportables entre los arrestados, Costa Mesa
finding-t34b = Entregados a ICE entre los arrestados, Irving
finding-t34c = Deportables entre los que pasaron por la revisión, Frederick
finding-t35 = Detainers, del año fiscal 2012 al 2016
finding-t35b = Detainers en el año fiscal 2012 (273.982 en una publicación anterior)
finding-t35c = Detainers en el año fiscal 2013
finding-t35d = Detainers en el año fiscal 2014
finding-t35e = Detainers en el año fiscal 2015
finding-t35f = Detainers, del año fiscal 2012 al 2015 (calculado a partir de los recuentos)
finding-t35g = Máximo mensual, agosto de 2011
finding-t35h = Detainers en el año fiscal 2016
finding-t35i = Detainers en el año fiscal 2017
finding-t36 = Detainers a los que siguió la custodia de ICE, fines de 2015
finding-t36b = Tomados bajo custodia después de un detainer, máximo mensual
finding-t36c = Detainers registrados como rechazados
finding-t37 = Sin condena alguna entre quienes tienen un detainer
finding-t37b = «Graves» entre quienes tienen un detainer, como máximo
finding-t37c = Sin condena si no se cuentan tránsito y marihuana
finding-t38 = Latinos entre quienes ICE se llevó con el programa
finding-t38b = Con audiencia programada
finding-t38c = Con abogado, entre quienes tienen audiencia
finding-t38d = Con alivio migratorio concedido
finding-t38e = Con cónyuge o hijo ciudadano
finding-t38f = Ciudadanos entre los arrestados
finding-t38g = Proporción de latinos en la población no autorizada
finding-t40 = Delitos menores o de tránsito entre los detainers de acuerdos 287(g)
finding-t41 = Sin ninguna condena entre los expulsados con el programa
finding-t41b = Cargo por delito menor o de inmigración, más de la mitad
finding-t42 = Condados que contrarrestan el esfuerzo federal
finding-t44 = Jurisdicciones activas para enero de 2013
finding-t45 = Arrestos de residentes hispanos por faltas leves desde que ICE estuvo localizable a toda hora
finding-t45b = Delitos menores entre los detainers
finding-t47 = Perfilamiento racial en paradas de tránsito, efecto de la activación

# Delincuencia, denuncia y arresto en general
finding-b01 = Victimizaciones violentas no denunciadas
finding-b01b = Violaciones y agresiones sexuales no denunciadas
finding-b01c = Hurtos en el hogar no denunciados
finding-b01d = Robos de vehículos no denunciados
finding-b02 = Victimizaciones violentas en 2012
finding-b02b = Victimizaciones contra la propiedad en 2012
finding-b03 = Denuncia de las víctimas hispanas frente a las demás
finding-b04 = Autores hispanos de delitos contra víctimas hispanas
finding-b05 = Robos con violencia resueltos
finding-b06 = Arrestos por hurto cometido
finding-b07 = Victimizaciones violentas sufridas por quienes tuvieron dos o más
finding-b08 = Victimización violenta en zonas nuevas de asentamiento (20,6 en las tradicionales)
finding-b09 = Arrestos por delito grave violento, nacidos en EE. UU. respecto a no autorizados
finding-b10 = No autorizados entre los latinos
finding-b10b = Adultos latinos que conocen a alguien no autorizado

# Qué hicieron las cárceles con los detainers
finding-i01 = Detainers a los que siguió la custodia de ICE, fines de 2008
finding-i01b = Detainers a los que siguió la custodia de ICE, fines de 2010
finding-i01c = Detainers a los que siguió la custodia de ICE, fines de 2012
finding-i02 = Retenciones, 15 condados de California
finding-i02b = Retenciones, condado de San Diego
finding-i02c = Retenciones, condado de Los Ángeles
finding-i02d = Retenciones, condado de San Francisco
finding-i03 = Detainers cumplidos, Ciudad de Nueva York
finding-i04 = Traslados a ICE después de la ordenanza, respecto a los de un año antes
finding-i04b = Traslados a ICE en 2010

# Confianza en la policía
finding-tr01 = La policía hace un buen trabajo al hacer cumplir la ley: hispanos con mucha o bastante confianza
finding-tr02 = La policía trata a los hispanos con justicia: hispanos con confianza
finding-tr03 = La policía no usa fuerza excesiva: hispanos con confianza
finding-tr04 = Buen trabajo al hacer cumplir la ley, cambio de 2008 a 2014: hispanos
finding-tr05 = Trata a los hispanos con justicia (2014: a hispanos y blancos por igual), cambio de 2008 a 2014: hispanos
finding-tr05b = Sin fuerza excesiva, cambio de 2008 a 2014: hispanos
finding-tr06 = Confianza en la policía, cambio de 2012–14 a 2015–17: hispanos
finding-tr07 = Con simpatía hacia los agentes de policía: hispanos
finding-tr10 = Confianza, hispanos menos blancos
finding-tr11 = Confianza de los hispanos en julio de 2019 menos la media de junio y agosto
finding-tr12 = Hispanos menos blancos, julio de 2019 menos la media de junio y agosto
finding-tr13 = Confianza de los hispanos en agosto de 2019 menos la de junio
finding-tr14 = Vida media de la brecha entre hispanos y blancos, límite inferior
finding-tr17 = Opinión sobre la policía, 2007 frente a antes
finding-tr17b = Denunciaría un delito, 2007 frente a antes
finding-tr17c = Probabilidad de que lo pare la policía, 2007 frente a antes
finding-tr18 = Relaciones de los inmigrantes con la policía con la primera versión de la política, frente a antes
finding-tr20 = Momios de más confianza en que la policía trata a los latinos con justicia, por paso de miedo
finding-tr20b = Momios de más confianza en que la policía no usa fuerza excesiva, por paso de miedo
finding-tr20c = La confianza en que la policía trata a los latinos con justicia baja con el miedo (logaritmo de la razón de momios)
finding-tr22 = Eficacia política externa según la tasa de expulsiones, latinos nacidos en el extranjero menos anglos
finding-tr22b = Pendiente de la confianza según la tasa de expulsiones del condado, latinos nacidos en el extranjero menos anglos
finding-tr22c = Pendiente de la confianza según la tasa de expulsiones del condado, latinos nacidos en EE. UU. menos anglos
finding-tr23 = Confianza de los latinos en el gobierno como fuente de información sobre salud, según la intensidad del programa
finding-tr24 = Disposición a tratar con la policía después de una mención de la inmigración
finding-tr26 = Alguien de la familia evitó hablar con la policía o denunciar un delito
finding-tr28 = Preocupación por la detención o la deportación, cambio de 2023 a 2025: ciudadanos naturalizados
finding-tr30 = Autopeticiones conforme a la Ley de Violencia contra la Mujer (VAWA), por desviación estándar del control migratorio
finding-tr33 = Aprueban a la policía de Los Ángeles

# Tiempo de la policía
finding-tt01 = Unidad 287(g) de Prince William
finding-tt02 = Plan de Prince William
finding-tt03 = Pocos arrestos adicionales con la política en la calle
finding-tt04 = Sobrecosto de la cárcel en el primer año de 287(g)
finding-tt05 = Personal de un programa con el modelo de cárcel
finding-tt06 = Tiempo adicional en la cárcel de las personas con una retención de ICE, condado de Los Ángeles
finding-tt09 = Gwinnett
finding-tt10 = Maricopa (donde más lejos se llevó el modelo de grupo de trabajo)
finding-tt11 = En contra de ello
finding-tt13 = Casos de Maricopa resueltos con arresto
finding-tt14 = «No dan abasto con los delitos violentos»
finding-tt15 = Tiempo de respuesta y resolución
finding-tt16 = Presencia policial y delincuencia

# Acercamiento a la comunidad
finding-to01 = Una visita amistosa a domicilio, New Haven
finding-to03 = Policía orientada a la comunidad, sobre todo en barrios de EE. UU.

# El caso fundacional: San Francisco en 2010
finding-f01 = No recibir las respuestas, como se ofreció en California en 2010, es un placebo: ICE se lleva a la misma cantidad de personas
finding-f02 = … y emite la misma cantidad de detainers
finding-f03 = Si el estado no hubiera reenviado las huellas, como pidió el sheriff el 18 de mayo de 2010, a ICE le habrían llegado menos
finding-f04 = … y se habría llevado a menos personas
finding-f05 = Negarse a retener por delitos menores, como hizo el sheriff desde el 1 de junio de 2011, cambia la custodia y no la identificación: hay la misma cantidad de coincidencias
finding-f06 = … menos días en la cárcel por un detainer
finding-f07 = … y menos personas que ICE se lleva
finding-f08 = La remisión según el cargo queda anulada una vez activado el programa: ICE se lleva a la misma cantidad de personas
